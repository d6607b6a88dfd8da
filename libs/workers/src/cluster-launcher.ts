import cluster, { type Worker } from 'node:cluster';
import type { ToParent } from './messages.js';
import { PendingConnections } from './pending-connections.js';
import type { Launcher, WorkerListener, WorkerProcess } from './worker-slot.js';

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
