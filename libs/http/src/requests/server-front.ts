import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { FastifyServerFactory } from 'fastify';

/**
 * Answers a request at once, or leaves it as it is, or takes it on: then it answers later, or hands it to the router.
 *
 * @param router for what was taken on in vain
 * @returns whether the request was answered or taken on
 */
export type EarlyAnswer = (
  request: IncomingMessage,
  response: ServerResponse,
  router: RequestListener,
) => boolean;

const LEAVES_ALL: EarlyAnswer = () => false;

/** What stands ahead of the router. Until someone is put there, every request goes on to it. */
export class ServerFront {
  private answers: EarlyAnswer = LEAVES_ALL;

  put(answers: EarlyAnswer): void {
    this.answers = answers;
  }

  /** Makes the server as Fastify would have made it: with a factory, it leaves all of its settings to that. */
  readonly serverFactory: FastifyServerFactory = (handler, options): Server => {
    const server = createServer((options.http as object) ?? {}, (request, response) => {
      if (!this.answers(request, response, handler)) handler(request, response);
    });
    const { keepAliveTimeout, requestTimeout, connectionTimeout, maxRequestsPerSocket } = options as Limits;
    server.keepAliveTimeout = keepAliveTimeout;
    server.requestTimeout = requestTimeout;
    server.setTimeout(connectionTimeout);
    // Node's 0 is "no limit", and Fastify's is "whatever Node does".
    if (maxRequestsPerSocket > 0) server.maxRequestsPerSocket = maxRequestsPerSocket;
    return server;
  };
}

/** Fastify has filled these in by the time that it asks for the server. */
type Limits = Record<
  'keepAliveTimeout' | 'requestTimeout' | 'connectionTimeout' | 'maxRequestsPerSocket',
  number
>;
