import type { Server } from 'node:http';

/**
 * Lets a server answer clients that close their side as soon as they have asked, as `nc`, some proxies and some health
 * checkers do: each request that came whole is answered, and the connection is closed after the last answer. Node's own
 * default closes it at once, unanswered.
 *
 * Nothing stays half-open by it: a client that closes its side between two requests, or in the midst of one, is closed
 * at once, and one that does not read its answer when nothing has moved for the connection timeout.
 *
 * @param server one that does not listen yet
 */
export function answerHalfClosed(server: Server): void {
  // Node has had the property since its first releases, and its documentation and types lack it.
  Object.assign(server, { httpAllowHalfOpen: true });
}
