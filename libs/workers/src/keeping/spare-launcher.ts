import type { Logger } from 'pino';
import type { ToParent } from '../talking/protocol.js';
import { BackOff } from './back-off.js';
import { SpareWorker } from './spare-worker.js';
import type { Launcher, WorkerExit, WorkerListener, WorkerProcess } from './worker-process.js';

/**
 * Starts workers, and may keep one more that only has to be told to serve: whoever needs a worker gets that one, and
 * does not wait for a process to start.
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
   * To be called several times a second.
   *
   * @param wanted whether to start a spare where there is none
   */
  tick(wanted: boolean): void {
    if (this.spare?.isHung() === true) {
      const pid = this.lose(this.spare);
      this.logger.error({ worker: pid }, 'the spare worker does not answer and is killed');
    } else if (wanted && this.spare === undefined && this.nowMs() >= this.nextAtMs) this.start();
  }

  /** Ends the spare, if there is one. It holds nothing that would have to be put in order. */
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
    if (message.kind === 'prepared') this.logger.info({ worker: pid }, 'a spare worker is prepared');
    else if (message.kind === 'failed') this.logger.error(`a worker can not start: ${message.text}`);
  }

  private exited(spare: SpareWorker, exit: WorkerExit): void {
    // Else it is one that was dropped, whose end is no news.
    if (spare !== this.spare) return;
    const pid = this.lose(spare);
    this.logger.error({ worker: pid, ...exit }, 'the spare worker has ended by itself');
  }

  /** It is no use any more; the next one waits for longer each time. */
  private lose(spare: SpareWorker): number {
    this.drop();
    const nowMs = this.nowMs();
    this.nextAtMs = nowMs + this.backOff.delayAfterMs(nowMs - spare.startedAtMs);
    return spare.pid;
  }
}
