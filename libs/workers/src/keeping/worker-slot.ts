import type { StopReason, ToParent } from '../talking/protocol.js';
import { BackOff } from './back-off.js';
import { Heartbeat } from './heartbeat.js';
import { type Launcher, START_LIMIT_MS, type WorkerExit, type WorkerProcess } from './worker-process.js';

type SlotState =
  | { readonly kind: 'new' }
  | {
      readonly kind: 'starting';
      readonly worker: WorkerProcess;
      readonly startedAtMs: number;
      /** Where it can answer already. */
      readonly heartbeat: Heartbeat | undefined;
    }
  | {
      readonly kind: 'serving';
      readonly worker: WorkerProcess;
      readonly startedAtMs: number;
      readonly heartbeat: Heartbeat;
    }
  | { readonly kind: 'killed'; readonly worker: WorkerProcess; readonly startedAtMs: number }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'stopping'; readonly worker: WorkerProcess; readonly killAtMs: number }
  | { readonly kind: 'ended' };

/** The death of a worker that was not asked to end. */
export interface Death {
  readonly pid: number;
  readonly exit: WorkerExit;
  readonly livedMs: number;
  /** How long its place stays empty, in milliseconds. */
  readonly delayMs: number;
  /** Workers of this place in a row that died soon after their start. */
  readonly shortLives: number;
}

/** What a place tells whoever keeps it. */
export interface SlotListener {
  served(slot: WorkerSlot, pid: number): void;
  died(slot: WorkerSlot, death: Death): void;
  /** It is killed, since it hangs; its death is told after that. */
  hung(slot: WorkerSlot, pid: number): void;
  /** The place is given up. `worker` null: nobody stood in it. */
  stopped(slot: WorkerSlot, worker: { readonly pid: number; readonly exit: WorkerExit } | null): void;
  heard(slot: WorkerSlot, message: ToParent): void;
}

/** One worker's place: whoever stands in it dies and is replaced, until the place is given up. */
export class WorkerSlot {
  private state: SlotState = { kind: 'new' };
  private readonly backOff = new BackOff();

  /** @param stopLimitMs how long a worker may take to stop before it is killed, in milliseconds */
  constructor(
    private readonly launcher: Launcher,
    private readonly listener: SlotListener,
    private readonly stopLimitMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  get kind(): SlotState['kind'] {
    return this.state.kind;
  }

  /** The worker that stands here now. */
  get worker(): WorkerProcess | undefined {
    return 'worker' in this.state ? this.state.worker : undefined;
  }

  start(): void {
    const worker = this.launcher.launch({
      listening: () => this.listening(worker),
      heard: (message) => this.hear(message),
      exited: (exit) => this.exited(worker, exit),
    });
    const heartbeat = worker.isPrepared ? this.heartbeatOf(worker) : undefined;
    this.state = { kind: 'starting', worker, startedAtMs: this.nowMs(), heartbeat };
    worker.tell({ kind: 'serve' });
  }

  /** To be called several times a second. */
  tick(): void {
    const { state } = this;
    const nowMs = this.nowMs();
    if (state.kind === 'waiting' && nowMs >= state.untilMs) this.start();
    else if (state.kind === 'stopping' && nowMs >= state.killAtMs) state.worker.kill();
    else if (state.kind === 'starting' && nowMs - state.startedAtMs >= START_LIMIT_MS) this.end(state);
    else if ('heartbeat' in state && state.heartbeat?.isSilentAt(nowMs) === true) this.end(state);
  }

  /** Gives the place up. Asking again changes nothing but the reason that the worker is told. */
  stop(reason: StopReason): void {
    const { state } = this;
    if (state.kind === 'ended') return;
    if (!('worker' in state)) {
      this.state = { kind: 'ended' };
      this.listener.stopped(this, null);
      return;
    }
    state.worker.tell({ kind: 'stop', reason });
    if (state.kind === 'stopping') return;
    this.state = { kind: 'stopping', worker: state.worker, killAtMs: this.nowMs() + this.stopLimitMs };
  }

  /** Ends whoever stands here at once. */
  kill(): void {
    this.worker?.kill();
  }

  private heartbeatOf(worker: WorkerProcess): Heartbeat {
    return new Heartbeat(this.nowMs(), () => worker.tell({ kind: 'ping' }));
  }

  private listening(worker: WorkerProcess): void {
    if (this.state.kind !== 'starting') return;
    this.state = { ...this.state, kind: 'serving', heartbeat: this.heartbeatOf(worker) };
    this.listener.served(this, worker.pid);
  }

  private hear(message: ToParent): void {
    if ('heartbeat' in this.state) this.state.heartbeat?.answered();
    this.listener.heard(this, message);
  }

  /** Its exit does the rest. */
  private end({ worker, startedAtMs }: Extract<SlotState, { kind: 'starting' | 'serving' }>): void {
    this.state = { kind: 'killed', worker, startedAtMs };
    this.listener.hung(this, worker.pid);
    worker.kill();
  }

  private exited({ pid }: WorkerProcess, exit: WorkerExit): void {
    const { state } = this;
    if (state.kind === 'stopping') {
      this.state = { kind: 'ended' };
      this.listener.stopped(this, { pid, exit });
    } else if ('startedAtMs' in state) {
      const nowMs = this.nowMs();
      const livedMs = nowMs - state.startedAtMs;
      const delayMs = this.backOff.delayAfterMs(livedMs);
      this.state = { kind: 'waiting', untilMs: nowMs + delayMs };
      const { shortLives } = this.backOff;
      this.listener.died(this, { pid, exit, livedMs, delayMs, shortLives });
      this.tick();
    }
  }
}
