import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

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
