import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { stopListening } from '#libs/internals';

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

/** Bodies up to this length are dropped as they come, and their connection goes on: the largest that any route takes. */
export const MAX_BODY_BYTES = 65_536;

/**
 * Bounds the cost of a body that is not read because the answer does not depend on it: no route, no such method, no key.
 *
 * - A short body is dropped as it comes, and the connection goes on with the next request.
 * - Of a long body, or one of unknown length (chunks), nothing more is read, and the answer is the last one of its
 *   connection. The connection stays open for a moment: closed with unread bytes it is reset, and the client may lose the
 *   answer.
 * - A client that waits for `100 Continue` (RFC 9110 §10.1.1) gets it when a handler begins to read the body. If it is
 *   answered without, Node closes the connection: the next bytes could be the body or another request.
 *
 * To be called for each request before it is handled.
 */
export function boundUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  const isChunked = headers['transfer-encoding'] !== undefined;
  const length = Number(headers['content-length'] ?? 0);
  if (!isChunked && length === 0) return;

  const isShort = !isChunked && length <= MAX_BODY_BYTES;
  if (!isShort) closeUnlessRead(request, response);
  if (headers.expect?.toLowerCase() === '100-continue') continueWhenRead(request, response);
  response.once('prefinish', () => {
    if (!request.complete) dropRest(request, isShort);
  });
}

function closeUnlessRead(request: IncomingMessage, response: ServerResponse): void {
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  request.once('end', () => {
    response.shouldKeepAlive = shouldKeepAlive;
  });
}

function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  request.once('resume', () => {
    if (!response.headersSent) response.writeContinue();
  });
}

/** The answer has been sent, and the body has not come to its end. */
function dropRest(request: IncomingMessage, isShort: boolean): void {
  const { socket } = request;
  const goOn = lingerWhenClosed(socket);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.once('close', () => {
    clearTimeout(timer);
    goOn();
  });
  if (isShort) return;
  socket.pause();
  // Node resumes reading by itself.
  socket.on('resume', () => socket.pause());
}

const REQUEST_LINE_END = ' HTTP/1.1\r\n'.length;
const FIELD_PUNCTUATION = ': \r\n'.length;
const HEAD_END = '\r\n'.length;

/**
 * Ends the connection of a request that asks for another protocol (RFC 9110 §7.8), if more came with it. Node's parser stops
 * behind such a request, whether it is upgraded or not, and drops the rest of the chunk: a request in there would never
 * be answered, and the end of a longer one would be read as a request of its own.
 *
 * If no more came with the request, the connection is kept. Java's client offers HTTP/2 with its first request and sends
 * nothing ahead.
 */
export function endBehindUpgrade(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.upgrade === undefined || isAllThatCame(request)) return;
  response.shouldKeepAlive = false;
  lingerWhenClosed(request.socket);
}

/** By the length of its head, as every common client writes it; of a request with a body it is not known. */
function isAllThatCame({ method = '', url = '', headers, rawHeaders, socket }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) return false;
  const fields = rawHeaders.reduce((sum, text) => sum + text.length, 0);
  const punctuation = (rawHeaders.length / 2) * FIELD_PUNCTUATION;
  const head = method.length + 1 + url.length + REQUEST_LINE_END + fields + punctuation + HEAD_END;
  return socket.bytesRead <= head;
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
    stopListening(this.server);
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
