import type { Logger } from 'pino';
import type { ToParent } from '../talking/protocol.js';
import { roll } from './roll.js';
import { SpareLauncher } from './spare-launcher.js';
import type { Launcher, WorkerExit } from './worker-process.js';
import { type Death, type SlotListener, WorkerSlot } from './worker-slot.js';

const TICK_MS = 50;
/** While no worker has ever served, so many deaths in a row mean that none will. */
const HOPELESS_DEATHS = 5;

/** Why there are no workers any more. `unclean`: some had to be killed, or did not end well. */
export type PoolEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unclean' }
  | { readonly kind: 'failed'; readonly text: string };

export interface PoolOptions {
  readonly size: number;
  /** Whether one more is kept that takes over at once where one dies. */
  readonly spare: boolean;
  /** How long a worker may take to stop before it is killed, in milliseconds. */
  readonly stopLimitMs: number;
  readonly logger: Logger;
  /** Told of what workers say beyond what keeps them. */
  readonly heard: (slot: WorkerSlot, message: ToParent) => void;
  /** Told when a worker has ended, whatever the reason. */
  readonly gone: (pid: number) => void;
}

/** Keeps so many workers, until it is told to stop or none can start. */
export class WorkerPool implements SlotListener {
  private readonly launcher: SpareLauncher;
  private readonly current: Set<WorkerSlot> = new Set();
  private readonly waitingFor = new Map<WorkerSlot, { served(): void; over(): void }>();
  private readonly end = Promise.withResolvers<PoolEnd>();
  private outcome: PoolEnd = { kind: 'stopped' };
  private stopping = false;
  private everServed = false;
  private rolling: Promise<void> | undefined;
  private rollAgain = false;

  constructor(
    launcher: Launcher,
    private readonly options: PoolOptions,
  ) {
    this.launcher = new SpareLauncher(launcher, options.logger);
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  get slots(): readonly WorkerSlot[] {
    return [...this.current];
  }

  /** Starts the workers. Resolves when the last of them has ended, and none is to follow. */
  async run(): Promise<PoolEnd> {
    for (let n = 0; n < this.options.size; n += 1) this.addSlot();
    const timer = setInterval(() => this.tick(), TICK_MS);
    const end = await this.end.promise;
    clearInterval(timer);
    return end;
  }

  /** Replaces all workers one at a time. Asked for meanwhile, it is done once more after that. */
  roll(): void {
    this.rollAgain = true;
    this.rolling ??= this.rollWhileAsked().finally(() => {
      this.rolling = undefined;
    });
  }

  /** Ends all workers gracefully. */
  stop(): void {
    this.stopping = true;
    this.launcher.drop();
    for (const slot of this.slots) slot.stop('shutdown');
  }

  /** Ends all workers now. */
  kill(): void {
    this.launcher.drop();
    for (const slot of this.slots) slot.kill();
  }

  async addWorker(): Promise<WorkerSlot | undefined> {
    const slot = this.addSlot();
    const { promise, resolve } = Promise.withResolvers<WorkerSlot | undefined>();
    const over = () => {
      // At once: it would be replaced otherwise.
      slot.stop('roll');
      resolve(undefined);
    };
    this.waitingFor.set(slot, { served: () => resolve(slot), over });
    return promise.finally(() => this.waitingFor.delete(slot));
  }

  async retire(slot: WorkerSlot): Promise<void> {
    if (!this.current.has(slot)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waitingFor.set(slot, { served: () => undefined, over: resolve });
    slot.stop('roll');
    await promise;
    this.waitingFor.delete(slot);
  }

  served(slot: WorkerSlot, pid: number): void {
    this.everServed = true;
    this.options.logger.info({ worker: pid }, 'a worker serves');
    this.waitingFor.get(slot)?.served();
  }

  died(slot: WorkerSlot, { pid, exit, delayMs, shortLives }: Death): void {
    this.options.gone(pid);
    this.options.logger.error(
      { worker: pid, ...exit, replacedInMs: delayMs },
      'a worker has ended by itself',
    );
    this.waitingFor.get(slot)?.over();
    if (this.everServed || shortLives < HOPELESS_DEATHS) return;
    this.fail('Every worker ended before it could serve; the lines above say how.');
  }

  hung(_slot: WorkerSlot, pid: number): void {
    this.options.logger.error({ worker: pid }, 'a worker does not answer and is killed');
  }

  stopped(slot: WorkerSlot, worker: { pid: number; exit: WorkerExit } | null): void {
    this.current.delete(slot);
    if (worker !== null) {
      this.options.gone(worker.pid);
      if (worker.exit.code !== 0) this.noteUncleanEnd(worker);
    }
    this.waitingFor.get(slot)?.over();
    if (this.current.size === 0) this.end.resolve(this.outcome);
  }

  heard(slot: WorkerSlot, message: ToParent): void {
    if (message.kind !== 'failed') this.options.heard(slot, message);
    else if (this.everServed) this.options.logger.error(`a worker can not start: ${message.text}`);
    else this.fail(message.text);
  }

  private noteUncleanEnd({ pid, exit }: { pid: number; exit: WorkerExit }): void {
    // A failed start has a reason of its own; that workers end with it says nothing new.
    if (this.outcome.kind === 'failed') return;
    this.options.logger.error({ worker: pid, ...exit }, 'a worker did not stop in order');
    if (this.stopping) this.outcome = { kind: 'unclean' };
  }

  /** What keeps one worker from its first start keeps all of them from it: trying again would only repeat it. */
  private fail(text: string): void {
    if (this.outcome.kind === 'failed') return;
    this.outcome = { kind: 'failed', text };
    this.stop();
  }

  private addSlot(): WorkerSlot {
    const slot = new WorkerSlot(this.launcher, this, this.options.stopLimitMs);
    this.current.add(slot);
    slot.start();
    return slot;
  }

  private async rollWhileAsked(): Promise<void> {
    while (this.rollAgain && !this.stopping) {
      this.rollAgain = false;
      this.options.logger.info('rolling the workers');
      // It has read the old program.
      this.launcher.drop();
      const outcome = await roll(this);
      if (outcome === 'done') this.options.logger.info('all workers are new');
      else if (!this.stopping) this.options.logger.error('a new worker did not come up; the old ones stay');
    }
  }

  private tick(): void {
    for (const slot of this.slots) slot.tick();
    this.launcher.tick(this.options.spare && this.isWhole);
  }

  /** While a worker is missing, the start of a spare would only take processor time from its start. */
  private get isWhole(): boolean {
    if (this.stopping || this.rolling !== undefined) return false;
    return this.slots.every(({ kind }) => kind === 'serving');
  }
}
