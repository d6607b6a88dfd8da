import type { ToWorker } from '#src/libs/workers/src/parent-link';
import type { Launcher, WorkerExit, WorkerListener, WorkerProcess } from '#src/libs/workers/src/worker-slot';

/** A worker that does only what a test says. */
class FakeWorker implements WorkerProcess {
  readonly pid: number;
  readonly isPrepared: boolean;
  readonly does: WorkerListener;
  /** Whether it got `serve`. */
  serves = false;
  /** All other messages. */
  readonly received: ToWorker['kind'][] = [];
  killed = false;

  constructor(pid: number, does: WorkerListener, isPrepared: boolean) {
    this.isPrepared = isPrepared;
    this.pid = pid;
    this.does = does;
  }

  send(message: ToWorker): void {
    if (message.kind === 'serve') this.serves = true;
    else this.received.push(message.kind);
  }

  kill(): void {
    this.killed = true;
  }

  exit(exit: WorkerExit = { code: 0, signal: null }): void {
    this.does.exited(exit);
  }
}

export class FakeLauncher implements Launcher {
  readonly workers: FakeWorker[] = [];
  /** Whether those that are started next can answer pings at once. */
  isPrepared = false;

  launch(listener: WorkerListener): WorkerProcess {
    const worker = new FakeWorker(this.workers.length + 1, listener, this.isPrepared);
    this.workers.push(worker);
    return worker;
  }

  /** The n-th that was started, from 1 on. */
  get(n: number): FakeWorker {
    const worker = this.workers[n - 1];
    if (worker === undefined) throw new Error(`no ${n} workers were started`);
    return worker;
  }
}
