import type { IncomingMessage } from 'node:http';
import { oddityOf } from '#libs/http';
import { asksForSource } from '../asks-for-source.js';

/** Whether a request is a GET or HEAD of which nothing in its headers asks for more than the answer that lies ready. */
export function isPlainRequest(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (
    // The router gives the 304 to a HEAD a length, and that to a GET none.
    (method === 'GET' || (method === 'HEAD' && headers['if-none-match'] === undefined)) &&
    headers.upgrade === undefined &&
    headers.expect === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    !asksForSource(headers['cache-control']) &&
    oddityOf(request) === undefined
  );
}
