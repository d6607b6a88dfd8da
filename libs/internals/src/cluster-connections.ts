import type { Worker } from 'node:cluster';

/** Node's internal messages about connections. They are undocumented. */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly errno?: unknown;
  /** Identifies the listening address. */
  readonly key?: unknown;
  readonly seq?: unknown;
  /** The `seq` of the message that this one answers. */
  readonly ack?: unknown;
}

interface Connection {
  close(): void;
}

interface WorkerState {
  /** The addresses that the worker listens on. */
  readonly serves: Set<unknown>;
  /** Connections sent to it, by `seq`, until it accepts or refuses them. */
  readonly unanswered: Map<unknown, { readonly key: unknown; readonly connection: Connection }>;
}

/**
 * Connections that the parent has sent to a worker and that the worker has neither accepted nor refused.
 *
 * Node waits for that answer without a limit. If the worker was killed, the connection is never read or closed and its
 * client hangs. A worker that has not answered has not read the connection either. So this class refuses it on behalf of
 * the dead worker, and Node passes it to the next one.
 *
 * If a Node release changes this internal protocol, the class does nothing.
 */
export class PendingConnections {
  private readonly known = new Map<Worker, WorkerState>();

  follow(worker: Worker): void {
    const state: WorkerState = { serves: new Set(), unanswered: new Map() };
    this.known.set(worker, state);
    interceptSend(worker, (message, connection) => noteSent(state, message, connection));
    worker.process.on('internalMessage', (message: ClusterMessage) => noteHeard(state, message));
    // Not on `exit`: messages that the worker sent before may still arrive after it.
    worker.process.once('close', () => this.refuseAll(worker, state));
  }

  private refuseAll(worker: Worker, { unanswered }: WorkerState): void {
    this.known.delete(worker);
    for (const [ack, { key, connection }] of unanswered) {
      if (!this.isServed(key)) connection.close();
      worker.process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: false });
    }
  }

  private isServed(key: unknown): boolean {
    return [...this.known.values()].some(({ serves }) => serves.has(key));
  }
}

/** @param onSend called with each message before it is sent to the worker */
function interceptSend(worker: Worker, onSend: (message: ClusterMessage, connection: unknown) => void): void {
  const child = worker.process;
  const send: (...args: never[]) => boolean = child.send;
  child.send = (...args: unknown[]) => {
    onSend(Object(args[0]), args[1]);
    return send.apply(child, args as never[]);
  };
}

function noteSent({ serves, unanswered }: WorkerState, message: ClusterMessage, connection: unknown): void {
  const { cmd, act, key, seq } = message;
  if (cmd !== 'NODE_CLUSTER' || key === undefined) return;
  if (act === 'newconn') unanswered.set(seq, { key, connection: connection as Connection });
  // The answer to its request to listen.
  else if (message.ack !== undefined && !message.errno) serves.add(key);
}

function noteHeard({ serves, unanswered }: WorkerState, { cmd, act, key, ack }: ClusterMessage): void {
  if (cmd !== 'NODE_CLUSTER') return;
  unanswered.delete(ack);
  if (act === 'close') serves.delete(key);
}
