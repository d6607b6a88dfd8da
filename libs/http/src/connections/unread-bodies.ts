import type { IncomingMessage, ServerResponse } from 'node:http';
import { LINGER_MS, lingerWhenClosed } from './connection-drain.js';

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
