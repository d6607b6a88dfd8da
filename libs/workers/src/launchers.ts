import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { PendingConnections } from '#libs/internals';
import type { ToParent } from './parent-link.js';
import {
  BackOff,
  Heartbeat,
  type Launcher,
  START_LIMIT_MS,
  type WorkerExit,
  type WorkerListener,
  type WorkerProcess,
} from './worker-slot.js';

/** Starts workers that run this same program and share its listening sockets. */
export class ClusterLauncher implements Launcher {
  private readonly pending = new PendingConnections();

  /** @param maxHeapBytes bound of a worker's old generation; null for Node's default */
  constructor(maxHeapBytes: number | null) {
    // Structured clone: JSON would turn a NaN metric into null.
    const execArgv = [...process.execArgv, ...heapBoundArguments(maxHeapBytes)];
    cluster.setupPrimary({ execArgv, serialization: 'advanced' });
  }

  launch(listener: WorkerListener): WorkerProcess {
    const worker = cluster.fork();
    this.pending.follow(worker);
    worker.once('listening', () => listener.listening());
    worker.on('message', (message: ToParent) => listener.heard(message));
    worker.once('exit', (code: number | null, signal: string | null) => listener.exited({ code, signal }));
    // A worker that cannot be spawned or sent a message exits; the exit event handles it.
    worker.on('error', () => undefined);
    return {
      pid: worker.process.pid ?? 0,
      isPrepared: false,
      send: (message) => send(worker, message),
      kill: () => void worker.process.kill('SIGKILL'),
    };
  }
}

function send(worker: Worker, message: unknown): void {
  // The callback swallows the error of a channel that has closed.
  if (worker.isConnected()) worker.process.send?.(message as object, () => undefined);
}

const MEBIBYTE = 1_048_576;

/**
 * Node arguments for a bounded heap.
 *
 * @param maxHeapBytes bound of the old generation; null for Node's default
 */
export function heapBoundArguments(maxHeapBytes: number | null): readonly string[] {
  return maxHeapBytes === null ? [] : [`--max-old-space-size=${Math.floor(maxHeapBytes / MEBIBYTE)}`];
}

/**
 * Starts workers and keeps a prepared spare. A slot that needs a worker takes the spare and does not wait for a process to
 * start.
 */
export class SpareLauncher implements Launcher {
  private spare: SpareWorker | undefined;
  private readonly backOff = new BackOff();
  private nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly launcher: Launcher,
    private readonly logger: Logger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  launch(listener: WorkerListener): WorkerProcess {
    return this.take()?.handOver(listener) ?? this.launcher.launch(listener);
  }

  /**
   * Call it several times per second.
   *
   * @param wanted whether to start a spare if there is none
   */
  tick(wanted: boolean): void {
    if (this.spare?.isHung() === true) {
      const pid = this.lose(this.spare);
      this.logger.error({ worker: pid }, 'spare worker is unresponsive; killed');
    } else if (wanted && this.spare === undefined && this.nowMs() >= this.nextAtMs) this.start();
  }

  /** Kills the spare, if there is one. It owns nothing that needs a clean end. */
  drop(): void {
    this.take()?.kill();
  }

  private take(): SpareWorker | undefined {
    const { spare } = this;
    this.spare = undefined;
    return spare;
  }

  private start(): void {
    const spare = new SpareWorker(
      this.launcher,
      { heard: (message) => this.heard(spare, message), exited: (exit) => this.exited(spare, exit) },
      this.nowMs,
    );
    this.spare = spare;
  }

  private heard({ pid }: SpareWorker, message: ToParent): void {
    if (message.kind === 'prepared') this.logger.info({ worker: pid }, 'spare worker ready');
    else if (message.kind === 'failed') this.logger.error(`worker cannot start: ${message.text}`);
  }

  private exited(spare: SpareWorker, exit: WorkerExit): void {
    // The end of a spare that was dropped is expected.
    if (spare !== this.spare) return;
    const pid = this.lose(spare);
    this.logger.error({ worker: pid, ...exit }, 'spare worker exited unexpectedly');
  }

  /** Gives the spare up. The delay of the next one grows. */
  private lose(spare: SpareWorker): number {
    this.drop();
    const nowMs = this.nowMs();
    this.nextAtMs = nowMs + this.backOff.delayAfterMs(nowMs - spare.startedAtMs);
    return spare.pid;
  }
}

/** Receives the events of a spare worker until a slot takes it. */
export interface SpareListener {
  heard(message: ToParent): void;
  exited(exit: WorkerExit): void;
}

/** A worker that is prepared but does not serve until a slot takes it. */
class SpareWorker {
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

  /** Pings when a ping is due. Call it several times per second. */
  isHung(): boolean {
    const nowMs = this.nowMs();
    // While the program loads, the event loop is blocked and cannot answer a ping.
    return this.heartbeat?.isSilentAt(nowMs) ?? nowMs - this.startedAtMs >= START_LIMIT_MS;
  }

  /** @param taker receives all its events from now on, and must send `serve` */
  handOver(taker: WorkerListener): WorkerProcess {
    this.taker = taker;
    const { worker } = this;
    return {
      pid: worker.pid,
      isPrepared: this.heartbeat !== undefined,
      send: (message) => worker.send(message),
      kill: () => worker.kill(),
    };
  }

  kill(): void {
    this.worker.kill();
  }

  private hear(message: ToParent): void {
    if (message.kind === 'prepared')
      this.heartbeat = new Heartbeat(this.nowMs(), () => this.worker.send({ kind: 'ping' }));
    else if (message.kind === 'pong') this.heartbeat?.answered();
    this.listener.heard(message);
  }
}
