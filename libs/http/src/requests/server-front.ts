import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { FastifyServerFactory } from 'fastify';
import { PipelinedRequests } from '../connections/pipelined-requests.js';

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

/** What stands ahead of the router: requests come to it in turn, and go on to the router until someone is put there. */
export class ServerFront {
  private answers: EarlyAnswer = LEAVES_ALL;
  private readonly refusals: (() => void)[] = [];

  put(answers: EarlyAnswer): void {
    this.answers = answers;
  }

  /** @param listener told when a connection is closed on which more requests would wait than there is room for */
  onRefused(listener: () => void): void {
    this.refusals.push(listener);
  }

  /** Makes the server as Fastify would have made it: with a factory, it leaves all of its settings to that. */
  readonly serverFactory: FastifyServerFactory = (handler, options): Server => {
    const inTurn = new PipelinedRequests(
      (request, response) => {
        if (!this.answers(request, response, handler)) handler(request, response);
      },
      () => {
        for (const listener of this.refusals) listener();
      },
    );
    const server = createServer((options.http as object) ?? {}, inTurn.take);
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
