import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
/** Nothing was received or sent for so long: what is open is idle, or waits for an answer that takes its time. */
const QUIET_MS = 250;

/**
 * Ends a server's connections without cutting a request off.
 *
 * A client may send its next request on a kept connection at the very moment when the server closes it, and would see a
 * reset. So no connection that is in use is closed by surprise: its next answer says `Connection: close` (RFC 9112,
 * section 9.6), and the client turns away by itself. Only what has been idle for a while is closed unasked.
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
    // Ahead of all others: whoever answers the request finds the header set.
    this.server.prependListener('request', (_request, response: ServerResponse) => {
      response.setHeader('connection', 'close');
    });
  }

  /** Takes no new connections. Resolves when all requests are answered and all connections closed. */
  async end(): Promise<void> {
    // Not the HTTP server's own close: that cuts idle connections off at once.
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

  /** Spares what waits for its answer, and is looked at again. */
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
