import type { HttpReply } from '../platform.js';

/** Adds the name of a request header to `Vary` (RFC 9110 §12.5.5), beside those that are there: an answer may differ by several. */
export function varyBy(reply: HttpReply, name: string): void {
  const names = reply.getHeader('vary');
  reply.header('vary', names === undefined ? name : `${names}, ${name}`);
}
