import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { FastifyServerFactory } from 'fastify';
import { lingerWhenClosed } from '../connections/connection-drain.js';
import { PipelinedRequests } from '../connections/pipelined-requests.js';
import { boundUnreadBody } from '../connections/unread-bodies.js';

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
function endBehindUpgrade(request: IncomingMessage, response: ServerResponse): void {
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

/**
 * Answers a request immediately, passes it on unchanged, or takes it: then it answers later, or hands it to the router.
 *
 * @param router for a request that was taken in vain
 * @returns whether the request was answered or taken
 */
export type EarlyAnswer = (
  request: IncomingMessage,
  response: ServerResponse,
  router: RequestListener,
) => boolean;

const LEAVES_ALL: EarlyAnswer = () => false;

/** Runs around a request: `next` answers it. */
export type Around = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** The handler ahead of the router. Requests reach it one by one; without `put` they all go to the router. */
export class ServerFront {
  private answers: EarlyAnswer = LEAVES_ALL;
  private readonly refusals: (() => void)[] = [];

  put(answers: EarlyAnswer): void {
    this.answers = answers;
  }

  /** Puts something around every request, ahead of all that answers it. */
  around(around: Around): void {
    const inner = this.serve;
    this.serve = (request, response, router) =>
      around(request, response, () => inner(request, response, router));
  }

  /** @param listener called when a connection is closed because too many requests wait on it */
  onRefused(listener: () => void): void {
    this.refusals.push(listener);
  }

  private serve = (request: IncomingMessage, response: ServerResponse, router: RequestListener): void => {
    if (this.answers(request, response, router)) return;
    boundUnreadBody(request, response);
    // guard(upgrade-ends-its-connection): drop
    endBehindUpgrade(request, response);
    router(request, response);
  };

  /** Makes the server as Fastify would have made it: with a factory, it leaves all of its settings to that. */
  readonly serverFactory: FastifyServerFactory = (handler, options): Server => {
    const inTurn = new PipelinedRequests(
      (request, response) => this.serve(request, response, handler),
      () => {
        for (const listener of this.refusals) listener();
      },
    );
    const server = createServer((options.http as object) ?? {}, inTurn.take);
    // Node's default sends 100 Continue immediately, before the request was checked.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    // Node's default answers any other expectation with a bare 417. It may be ignored (RFC 9110 §10.1.1).
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Node's default cuts a connection that asks for a tunnel at once, with the answers before it.
    server.on('connect', (_request, socket) => {
      socket.on('error', () => socket.destroy());
      server.emit('clientError', new Error('a request for a tunnel'), socket);
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
