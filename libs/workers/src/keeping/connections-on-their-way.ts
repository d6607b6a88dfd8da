import type { Worker } from 'node:cluster';

/** What parent and worker tell each other of connections; Node's own, and named nowhere in its documentation. */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly errno?: unknown;
  /** The address that is listened on. */
  readonly key?: unknown;
  readonly seq?: unknown;
  /** The `seq` of what is answered. */
  readonly ack?: unknown;
}

interface Connection {
  close(): void;
}

interface Dealings {
  /** The addresses whose connections the worker takes. */
  readonly serves: Set<unknown>;
  /** What was sent to it, by `seq`, until it says whether it takes it. */
  readonly unanswered: Map<unknown, { readonly key: unknown; readonly connection: Connection }>;
}

/**
 * The connections that the parent has accepted and sent to a worker, and of which the worker has said nothing yet.
 *
 * Node asks a worker whether it takes a connection, and waits for the answer of one that was killed for ever: nobody
 * reads the connection, nobody closes it, and its client hangs. What a dead worker has not answered for, it has not
 * read either, so here it is refused in its name, and Node hands it to the next worker.
 *
 * Where a Node talks otherwise, nothing is noted, and nothing is done.
 */
export class ConnectionsOnTheirWay {
  private readonly known = new Map<Worker, Dealings>();

  follow(worker: Worker): void {
    const dealings: Dealings = { serves: new Set(), unanswered: new Map() };
    this.known.set(worker, dealings);
    overhear(worker, (message, connection) => noteSent(dealings, message, connection));
    worker.process.on('internalMessage', (message: ClusterMessage) => noteHeard(dealings, message));
    // Not its exit: what it had said before that may be read only afterwards.
    worker.process.once('close', () => this.refuseAll(worker, dealings));
  }

  private refuseAll(worker: Worker, { unanswered }: Dealings): void {
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

/** @param heed is called with what is sent to the worker, before it is */
function overhear(worker: Worker, heed: (message: ClusterMessage, connection: unknown) => void): void {
  const child = worker.process;
  const send: (...args: never[]) => boolean = child.send;
  child.send = (...args: unknown[]) => {
    heed(Object(args[0]), args[1]);
    return send.apply(child, args as never[]);
  };
}

function noteSent({ serves, unanswered }: Dealings, message: ClusterMessage, connection: unknown): void {
  const { cmd, act, key, seq } = message;
  if (cmd !== 'NODE_CLUSTER' || key === undefined) return;
  if (act === 'newconn') unanswered.set(seq, { key, connection: connection as Connection });
  // The answer to its wish to listen.
  else if (message.ack !== undefined && !message.errno) serves.add(key);
}

function noteHeard({ serves, unanswered }: Dealings, { cmd, act, key, ack }: ClusterMessage): void {
  if (cmd !== 'NODE_CLUSTER') return;
  unanswered.delete(ack);
  if (act === 'close') serves.delete(key);
}
