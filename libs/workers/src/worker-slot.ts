import type { StopReason, ToParent, ToWorker } from './parent-link.js';

/** A worker that is neither prepared nor listening nor dead after this time is taken as hung. */
export const START_LIMIT_MS = 60_000;

/** How a worker ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Events of a worker, as its parent sees them. */
export interface WorkerListener {
  /** The worker accepts connections from now on. */
  listening(): void;
  heard(message: ToParent): void;
  exited(exit: WorkerExit): void;
}

/** The parent's handle of a worker. */
export interface WorkerProcess {
  readonly pid: number;
  /** Whether it answers pings. A worker that still loads the program cannot. */
  readonly isPrepared: boolean;
  /** Does nothing if the worker is gone. */
  send(message: ToWorker): void;
  /** Kills it immediately. */
  kill(): void;
}

/** Starts workers: real ones, or those of a test. A worker prepares itself and waits for `serve`. */
export interface Launcher {
  launch(listener: WorkerListener): WorkerProcess;
}

const PING_EVERY_MS = 1_000;
/** After this many unanswered pings a worker is taken as hung: its event loop is blocked, or it is stopped. */
const UNANSWERED_LIMIT = 5;

/**
 * Detects an unresponsive worker. It counts pings and not seconds: while the parent itself is stopped, time passes in which
 * it cannot receive an answer.
 */
export class Heartbeat {
  private pingedAtMs: number;
  private unanswered = 0;

  /** @param nowMs when the worker began to serve; the first ping follows one period later */
  constructor(
    nowMs: number,
    private readonly ping: () => void,
  ) {
    this.pingedAtMs = nowMs;
  }

  /** Sends a ping when one is due. @returns whether the worker is unresponsive */
  isSilentAt(nowMs: number): boolean {
    if (nowMs - this.pingedAtMs < PING_EVERY_MS) return false;
    // guard(silent-worker-is-killed): drop
    if (this.unanswered >= UNANSWERED_LIMIT) return true;
    this.pingedAtMs = nowMs;
    this.unanswered += 1;
    this.ping();
    return false;
  }

  answered(): void {
    this.unanswered = 0;
  }
}

/** The death of a worker that lived this long does not count as a failed start. */
const LONG_LIFE_MS = 10_000;
const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 30_000;

/**
 * Delay before a dead worker is replaced. The first replacement is immediate, since capacity is missing. After each further
 * death soon after a start the delay doubles, so that a persistent cause does not become a restart loop.
 */
export class BackOff {
  private deaths = 0;

  /** Consecutive workers that died soon after their start. */
  get shortLives(): number {
    return this.deaths;
  }

  /**
   * @param livedMs lifetime of the dead worker, in milliseconds
   * @returns the delay, in milliseconds
   */
  delayAfterMs(livedMs: number): number {
    if (livedMs >= LONG_LIFE_MS) {
      this.deaths = 0;
      return 0;
    }
    this.deaths += 1;
    if (this.deaths === 1) return 0;
    return Math.min(FIRST_DELAY_MS * 2 ** (this.deaths - 2), LAST_DELAY_MS);
  }
}

type SlotState =
  | { readonly kind: 'new' }
  | {
      readonly kind: 'starting';
      readonly worker: WorkerProcess;
      readonly startedAtMs: number;
      /** Set if it can answer already. */
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

/** The unexpected end of a worker. */
export interface Death {
  readonly pid: number;
  readonly exit: WorkerExit;
  readonly livedMs: number;
  /** Delay until its replacement starts, in milliseconds. */
  readonly delayMs: number;
  /** Consecutive workers of this slot that died soon after their start. */
  readonly shortLives: number;
}

/** Events of a slot. */
export interface SlotListener {
  served(slot: WorkerSlot, pid: number): void;
  died(slot: WorkerSlot, death: Death): void;
  /** The worker is killed because it hangs; `died` follows. */
  hung(slot: WorkerSlot, pid: number): void;
  /** The slot is closed. `worker` is null if the slot was empty. */
  stopped(slot: WorkerSlot, worker: { readonly pid: number; readonly exit: WorkerExit } | null): void;
  heard(slot: WorkerSlot, message: ToParent): void;
}

/** The slot of one worker: a worker that dies is replaced until the slot is closed. */
export class WorkerSlot {
  private state: SlotState = { kind: 'new' };
  private readonly backOff = new BackOff();

  /** @param stopLimitMs time a worker has to stop before it is killed, in milliseconds */
  constructor(
    private readonly launcher: Launcher,
    private readonly listener: SlotListener,
    private readonly stopLimitMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  get kind(): SlotState['kind'] {
    return this.state.kind;
  }

  /** The current worker. */
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
    worker.send({ kind: 'serve' });
  }

  /** Call it several times per second. */
  tick(): void {
    const { state } = this;
    const nowMs = this.nowMs();
    if (state.kind === 'waiting' && nowMs >= state.untilMs) this.start();
    else if (
      state.kind === 'stopping' &&
      /* guard(stopping-worker-is-killed): false */ nowMs >= state.killAtMs
    )
      state.worker.kill();
    else if (state.kind === 'starting' && nowMs - state.startedAtMs >= START_LIMIT_MS) this.end(state);
    else if ('heartbeat' in state && state.heartbeat?.isSilentAt(nowMs) === true) this.end(state);
  }

  /** Closes the slot. A second call only changes the reason sent to the worker. */
  stop(reason: StopReason): void {
    const { state } = this;
    if (state.kind === 'ended') return;
    if (!('worker' in state)) {
      this.state = { kind: 'ended' };
      this.listener.stopped(this, null);
      return;
    }
    state.worker.send({ kind: 'stop', reason });
    if (state.kind === 'stopping') return;
    this.state = { kind: 'stopping', worker: state.worker, killAtMs: this.nowMs() + this.stopLimitMs };
  }

  /** Kills the current worker. */
  kill(): void {
    this.worker?.kill();
  }

  private heartbeatOf(worker: WorkerProcess): Heartbeat {
    return new Heartbeat(this.nowMs(), () => worker.send({ kind: 'ping' }));
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

  /** The exit event completes it. */
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
