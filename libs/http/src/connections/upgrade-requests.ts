import type { IncomingMessage, ServerResponse } from 'node:http';
import { lingerWhenClosed } from './connection-drain.js';

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
