import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a client has to finish sending and to read its last answer. */
export const LINGER_MS = 1_000;

/**
 * Keeps a connection open for a moment after its last answer. Closed with bytes that were not read, it is reset, and the
 * client may lose the answer.
 *
 * @returns ends the wait: the client has finished sending
 */
export function lingerWhenClosed(socket: Socket): () => void {
  let isClosed = false;
  // Node calls this after the last answer of a connection.
  socket.destroySoon = () => {
    isClosed = true;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  };
  return () => {
    Reflect.deleteProperty(socket, 'destroySoon');
    if (isClosed) socket.destroySoon();
  };
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

const LOOK_EVERY_MS = 25;
/** Nothing was received or sent for so long: open connections are idle, or wait for a slow answer. */
const QUIET_MS = 250;

/**
 * Ends a server's connections without cutting a request off.
 *
 * A client may send its next request on a kept connection at the very moment when the server closes it, and would see a
 * reset. So no connection that is in use is closed by surprise: its next answer says `Connection: close` (RFC 9112,
 * section 9.6), and the client closes it. Only connections that have been idle for a while are closed by the server.
 */
export class ConnectionDrain {
  private readonly sockets = new Set<Socket>();

  /** @param server one that does not listen yet */
  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Connections that are open. */
  get open(): number {
    return this.sockets.size;
  }

  /** From now on every answer says that it is the last one on its connection. New connections are still taken. */
  begin(): void {
    // Ahead of all others: the handler of the request finds the header set.
    this.server.prependListener('request', (_request, response: ServerResponse) => {
      // guard(answers-end-connections-at-stop): drop
      response.setHeader('connection', 'close');
    });
  }

  /** Takes no new connections. Resolves when all requests are answered and all connections closed. */
  async end(): Promise<void> {
    // Not the HTTP server's own close: that closes idle connections immediately.
    if (this.server.listening) NetServer.prototype.close.call(this.server);
    let traffic = this.traffic();
    let quietSinceMs = performance.now();
    while (this.sockets.size > 0) {
      await pause(LOOK_EVERY_MS);
      const now = this.traffic();
      if (now !== traffic) quietSinceMs = performance.now();
      traffic = now;
      if (performance.now() - quietSinceMs >= QUIET_MS) this.closeIdle();
    }
  }

  /** Spares connections that wait for an answer; they are checked again. */
  private closeIdle(): void {
    this.server.closeIdleConnections();
    // Node takes one on which nothing ever came, as browsers open them in advance, for one that is just asking.
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Changes whenever anything is received or sent, or a connection comes or goes. */
  private traffic(): string {
    let bytes = 0;
    for (const socket of this.sockets) bytes += socket.bytesRead + socket.bytesWritten;
    return `${this.sockets.size}:${bytes}`;
  }
}
