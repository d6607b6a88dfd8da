import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { lingerWhenClosed } from './connection-drain.js';

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
