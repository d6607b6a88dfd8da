import type { IncomingHttpHeaders } from 'node:http';
import { asksForSource } from '../asks-for-source.js';

/** Whether nothing in a request's headers asks for more than the answer that lies ready. */
export function isPlainRequest(headers: IncomingHttpHeaders): boolean {
  return (
    headers.upgrade === undefined &&
    headers.expect === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    !asksForSource(headers['cache-control'])
  );
}
