import type { Worker } from 'node:cluster';
import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';

/**
 * Where Node keeps the text of a head between composing and sending it. A name and no function: each hit reads it. Where it
 * holds no text, Node composes the head of each answer.
 */
export const COMPOSED_HEAD = '_header';

/** A response with the text of its head, once it is composed. */
export interface Composed {
  [COMPOSED_HEAD]?: string | null;
}

/** The answer that is being sent on a connection; later answers wait for it. Null if there is none, or Node does not say. */
export function answerUnderWay(connection: Socket): ServerResponse | null {
  return (connection as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}

/**
 * Lets a server answer clients that close their side as soon as they have asked, as `nc`, some proxies and some health
 * checkers do: each request that came whole is answered, and the connection is closed after the last answer. Node's own
 * default closes it at once, unanswered.
 *
 * Nothing stays half-open by it: a client that closes its side between two requests, or in the midst of one, is closed
 * at once, and one that does not read its answer after the connection timeout without traffic.
 *
 * @param server one that does not listen yet
 */
export function answerHalfClosed(server: Server): void {
  // Node has had the property since its first releases, and its documentation and types lack it.
  Object.assign(server, { httpAllowHalfOpen: true });
}

/**
 * Takes no new connections, and closes none: the HTTP server's own close ends those that are idle at once, and a request may
 * be on its way on one. A server that listens nevertheless is closed in Node's way.
 */
export function stopListening(server: Server): void {
  if (!server.listening) return;
  NetServer.prototype.close.call(server);
  if (server.listening) server.close();
}

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

/**
 * Bounds the garbage of a process. Call it before anything large is imported.
 *
 * V8 lets the heap grow by what the machine has, and on a large one collects so rarely that a process of 100 MiB of live
 * data holds 600. A bound on the cache would promise nothing then: so garbage is collected when the heap has grown by a
 * quarter.
 *
 * V8 also makes objects old from the first that come from a place in the code whose objects once outlived a collection.
 * A burst of requests that are under way during one is enough. From then on what holds a request for a millisecond is made
 * old, and the request with all that belongs to it is kept until the whole heap is collected.
 *
 * A V8 that does not know a flag prints a line, and goes on without it: the process holds more memory.
 */
export function tuneHeap(): void {
  setFlagsFromString('--heap-growing-percent=25');
  setFlagsFromString('--no-allocation-site-pretenuring');
}
