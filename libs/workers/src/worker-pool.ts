import type { Logger } from 'pino';
import { SpareLauncher } from './launchers.js';
import type { ToParent } from './parent-link.js';
import { type Death, type Launcher, type SlotListener, type WorkerExit, WorkerSlot } from './worker-slot.js';

const TICK_MS = 50;
/** If no worker has ever served, this many consecutive deaths end the service. */
const HOPELESS_DEATHS = 5;

/** Why the pool ended. `unclean`: a worker was killed or exited with an error. */
export type PoolEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unclean' }
  | { readonly kind: 'failed'; readonly text: string };

export interface PoolOptions {
  readonly size: number;
  /** Whether to keep a spare worker that replaces a dead one immediately. */
  readonly spare: boolean;
  /** Time a worker has to stop before it is killed, in milliseconds. */
  readonly stopLimitMs: number;
  readonly logger: Logger;
  /** Receives messages of workers that the pool does not handle. */
  readonly heard: (slot: WorkerSlot, message: ToParent) => void;
  /** Called when a worker has ended, for any reason. */
  readonly gone: (pid: number) => void;
}

/** Keeps a fixed number of workers running until it is stopped or none can start. */
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
  private deaths = 0;

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

  /** Workers that died, or were killed because they hung, since the start. */
  get restarts(): number {
    return this.deaths;
  }

  /** Starts the workers. Resolves when the last one has ended and none will follow. */
  async run(): Promise<PoolEnd> {
    for (let n = 0; n < this.options.size; n += 1) this.addSlot();
    const timer = setInterval(() => this.tick(), TICK_MS);
    const end = await this.end.promise;
    clearInterval(timer);
    return end;
  }

  /** Replaces all workers one at a time. A call during a roll starts one more roll after it. */
  roll(): void {
    this.rollAgain = true;
    this.rolling ??= this.rollWhileAsked().finally(() => {
      this.rolling = undefined;
    });
  }

  /** Stops all workers gracefully. */
  stop(): void {
    this.stopping = true;
    this.launcher.drop();
    for (const slot of this.slots) slot.stop('shutdown');
  }

  /** Sends a signal to every worker that serves. Others might not handle it yet, and die of it. */
  signal(signal: NodeJS.Signals): void {
    for (const { kind, worker } of this.slots)
      if (kind === 'serving' && worker !== undefined) process.kill(worker.pid, signal);
  }

  /** Kills all workers. */
  kill(): void {
    this.launcher.drop();
    for (const slot of this.slots) slot.kill();
  }

  async addWorker(): Promise<WorkerSlot | undefined> {
    const slot = this.addSlot();
    const { promise, resolve } = Promise.withResolvers<WorkerSlot | undefined>();
    const over = () => {
      // Synchronously, or the slot would start a replacement.
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
    this.options.logger.info({ worker: pid }, 'worker serving');
    this.waitingFor.get(slot)?.served();
  }

  died(slot: WorkerSlot, { pid, exit, delayMs, shortLives }: Death): void {
    this.deaths += 1;
    this.options.gone(pid);
    this.options.logger.error({ worker: pid, ...exit, replacedInMs: delayMs }, 'worker exited unexpectedly');
    this.waitingFor.get(slot)?.over();
    if (this.everServed || shortLives < HOPELESS_DEATHS) return;
    this.fail('Every worker exited before it could serve. See the log lines above.');
  }

  hung(_slot: WorkerSlot, pid: number): void {
    this.options.logger.error({ worker: pid }, 'worker is unresponsive; killed');
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
    else if (this.everServed) this.options.logger.error(`worker cannot start: ${message.text}`);
    else this.fail(message.text);
  }

  private noteUncleanEnd({ pid, exit }: { pid: number; exit: WorkerExit }): void {
    // A failed start has been logged with its reason.
    if (this.outcome.kind === 'failed') return;
    this.options.logger.error({ worker: pid, ...exit }, 'worker did not stop cleanly');
    if (this.stopping) this.outcome = { kind: 'unclean' };
  }

  /** A cause that prevents the first start prevents every start, so the service ends instead of retrying. */
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
      this.options.logger.info('rolling restart started');
      // The spare has loaded the old program.
      this.launcher.drop();
      const outcome = await roll(this);
      if (outcome === 'done') this.options.logger.info('rolling restart finished');
      else if (!this.stopping)
        this.options.logger.error(
          'rolling restart stopped: a new worker did not start; the old workers stay',
        );
    }
  }

  private tick(): void {
    for (const slot of this.slots) slot.tick();
    this.launcher.tick(this.options.spare && this.isWhole);
  }

  /** While a worker is missing, starting a spare would only compete with its start for the processor. */
  private get isWhole(): boolean {
    if (this.stopping || this.rolling !== undefined) return false;
    return this.slots.every(({ kind }) => kind === 'serving');
  }
}

/** The part of the pool that a roll needs. */
export interface Rollable {
  readonly isStopping: boolean;
  readonly slots: readonly WorkerSlot[];
  /** Starts an additional worker. @returns undefined if it died instead of serving */
  addWorker(): Promise<WorkerSlot | undefined>;
  /** Stops a worker gracefully and closes its slot. */
  retire(slot: WorkerSlot): Promise<void>;
}

export type RollOutcome = 'done' | 'given up';

/**
 * Replaces the workers one at a time. A new worker serves before an old one stops, so capacity never drops. If a new worker
 * does not start, the old ones stay: a broken release must not take the service down.
 */
export async function roll(pool: Rollable): Promise<RollOutcome> {
  for (const old of [...pool.slots]) {
    const fresh = await pool.addWorker();
    if (fresh === undefined || pool.isStopping) return 'given up';
    await pool.retire(old);
  }
  return 'done';
}
