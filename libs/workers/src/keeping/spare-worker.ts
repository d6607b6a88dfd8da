import type { ToParent } from '../talking/protocol.js';
import { Heartbeat } from './heartbeat.js';
import {
  type Launcher,
  START_LIMIT_MS,
  type WorkerExit,
  type WorkerListener,
  type WorkerProcess,
} from './worker-process.js';

/** Told of a spare worker for as long as nobody has taken it. */
export interface SpareListener {
  heard(message: ToParent): void;
  exited(exit: WorkerExit): void;
}

/** A worker that is started, and not told to serve before somebody needs it. */
export class SpareWorker {
  readonly startedAtMs: number;
  private readonly worker: WorkerProcess;
  private heartbeat: Heartbeat | undefined;
  private taker: WorkerListener | undefined;

  constructor(
    launcher: Launcher,
    private readonly listener: SpareListener,
    private readonly nowMs: () => number,
  ) {
    this.startedAtMs = nowMs();
    this.worker = launcher.launch({
      listening: () => this.taker?.listening(),
      heard: (message) => (this.taker === undefined ? this.hear(message) : this.taker.heard(message)),
      exited: (exit) => (this.taker ?? this.listener).exited(exit),
    });
  }

  get pid(): number {
    return this.worker.pid;
  }

  /** Asks for a sign of life where one is due. To be called several times a second. */
  isHung(): boolean {
    const nowMs = this.nowMs();
    // Loading the program blocks the loop, so no ping tells before that.
    return this.heartbeat?.isSilentAt(nowMs) ?? nowMs - this.startedAtMs >= START_LIMIT_MS;
  }

  /** @param taker is told everything about it from now on, and has to tell it to serve */
  handOver(taker: WorkerListener): WorkerProcess {
    this.taker = taker;
    const { worker } = this;
    return {
      pid: worker.pid,
      isPrepared: this.heartbeat !== undefined,
      tell: (message) => worker.tell(message),
      kill: () => worker.kill(),
    };
  }

  kill(): void {
    this.worker.kill();
  }

  private hear(message: ToParent): void {
    if (message.kind === 'prepared')
      this.heartbeat = new Heartbeat(this.nowMs(), () => this.worker.tell({ kind: 'ping' }));
    else if (message.kind === 'pong') this.heartbeat?.answered();
    this.listener.heard(message);
  }
}
