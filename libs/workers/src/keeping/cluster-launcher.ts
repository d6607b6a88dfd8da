import cluster, { type Worker } from 'node:cluster';
import type { ToParent } from '../talking/protocol.js';
import { ConnectionsOnTheirWay } from './connections-on-their-way.js';
import { heapBoundArguments } from './heap-bound.js';
import type { Launcher, WorkerListener, WorkerProcess } from './worker-process.js';

/** Starts workers that run this program again, and share its listening sockets. */
export class ClusterLauncher implements Launcher {
  private readonly onTheirWay = new ConnectionsOnTheirWay();

  /** @param maxHeapBytes the bound of a worker's old generation; null for Node's own */
  constructor(maxHeapBytes: number | null) {
    // By structured clone: JSON would make a null of a metric that is not a number.
    const execArgv = [...process.execArgv, ...heapBoundArguments(maxHeapBytes)];
    cluster.setupPrimary({ execArgv, serialization: 'advanced' });
  }

  launch(listener: WorkerListener): WorkerProcess {
    const worker = cluster.fork();
    this.onTheirWay.follow(worker);
    worker.once('listening', () => listener.listening());
    worker.on('message', (message: ToParent) => listener.heard(message));
    worker.once('exit', (code: number | null, signal: string | null) => listener.exited({ code, signal }));
    // A worker that can not be spawned, or not be told something, ends; its end is what counts.
    worker.on('error', () => undefined);
    return {
      pid: worker.process.pid ?? 0,
      isPrepared: false,
      tell: (message) => tell(worker, message),
      kill: () => void worker.process.kill('SIGKILL'),
    };
  }
}

function tell(worker: Worker, message: unknown): void {
  // The callback takes the error of a channel that closed meanwhile.
  if (worker.isConnected()) worker.process.send?.(message as object, () => undefined);
}
