import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyServerFactory } from 'fastify';
import { boundUnreadBody, endBehindUpgrade, lingerWhenClosed } from './connection-ends.js';

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

/** So many may wait on each connection in any case. */
const ALWAYS_PER_CONNECTION = 16;
/** More that may wait in a process. Each holds some KiB beside its own bytes. */
const MAX_WAITING = 20_000;

interface Line {
  waiting: number;
  /** The answer to the request that came last. */
  last: ServerResponse;
  /** Whether a request was dropped: nothing behind it may be handled. */
  isFull: boolean;
}

/**
 * Takes pipelined requests (RFC 9112 §9.3.2) one at a time: each when the
 * answer before it has gone out, and reads no more of the connection until then.
 *
 * Node hands over all requests of one chunk at once, which may be hundreds, and keeps their answers in order. A few
 * clients that asked for long answers this way, and read none, stopped the service for all others while the answers
 * were computed, and filled its memory with them.
 */
export class PipelinedRequests {
  private readonly lines = new WeakMap<Socket, Line>();
  private waiting = 0;

  /**
   * @param handle called with one request after the other
   * @param refused called if too many would wait on a connection: it ends after the waiting requests are answered
   */
  constructor(
    private readonly handle: RequestListener,
    private readonly refused: () => void,
  ) {}

  readonly take: RequestListener = (request, response) => {
    // A request after the last answer of a connection is not handled (RFC 9112 §9.6).
    if (request.socket.writableEnded) return;
    // Node gives the connection to one answer at a time.
    if (response.socket !== null) this.handle(request, response);
    else this.hold(request, response);
  };

  private hold(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // The other requests of the chunk follow.
    if (socket.destroyed) return;
    const line = this.lines.get(socket) ?? this.lineOf(socket, response);
    if (line.isFull) return;
    if (line.waiting >= ALWAYS_PER_CONNECTION && this.waiting >= MAX_WAITING) {
      this.endAfter(line, socket);
      return;
    }
    line.last = response;
    this.count(line, 1);
    socket.pause();
    response.once('socket', () => {
      this.count(line, -1);
      if (line.waiting === 0) socket.resume();
      // Not at once: a client with many requests on one connection alternates with all others.
      setImmediate(() => this.take(request, response));
    });
  }

  private endAfter(line: Line, socket: Socket): void {
    line.isFull = true;
    line.last.shouldKeepAlive = false;
    lingerWhenClosed(socket);
    this.refused();
  }

  private lineOf(socket: Socket, last: ServerResponse): Line {
    const line: Line = { waiting: 0, last, isFull: false };
    this.lines.set(socket, line);
    // Node resumes reading by itself, for example when a client reads its answer.
    socket.on('resume', () => {
      if (line.waiting > 0 || line.isFull) socket.pause();
    });
    socket.once('close', () => this.count(line, -line.waiting));
    return line;
  }

  private count(line: Line, change: number): void {
    line.waiting += change;
    this.waiting += change;
  }
}
