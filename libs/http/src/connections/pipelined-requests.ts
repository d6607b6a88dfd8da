import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** So many may wait on every connection, whatever waits elsewhere. */
const ALWAYS_PER_CONNECTION = 16;
/** What waits in a process beyond that. Each holds some KiB beside its own bytes. */
const MAX_WAITING = 20_000;

interface Line {
  waiting: number;
}

/**
 * Takes the requests that a client sends ahead on one connection (pipelining, RFC 9112 §9.3.2) one at a time: each when the
 * answer before it has gone out, and reads no more of the connection until then.
 *
 * Node hands over all that one piece brought at once, which is hundreds of requests, and keeps their answers for their
 * turn. A few clients that asked for long answers so, and read none, stopped the service for everyone else while the answers
 * were made, and filled its memory with them.
 */
export class PipelinedRequests {
  private readonly lines = new WeakMap<Socket, Line>();
  private waiting = 0;

  /**
   * @param handle given each request in its turn
   * @param refused called when a connection is closed, since more would wait than there is room for
   */
  constructor(
    private readonly handle: RequestListener,
    private readonly refused: () => void,
  ) {}

  readonly take: RequestListener = (request, response) => {
    // Node gives the connection to one answer at a time.
    if (response.socket !== null) this.handle(request, response);
    else this.hold(request, response);
  };

  private hold(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // Of what one piece brought, the rest follows.
    if (socket.destroyed) return;
    const line = this.lines.get(socket) ?? this.lineOf(socket);
    if (line.waiting >= ALWAYS_PER_CONNECTION && this.waiting >= MAX_WAITING) {
      socket.destroy();
      this.refused();
      return;
    }
    this.count(line, 1);
    socket.pause();
    response.once('socket', () => {
      this.count(line, -1);
      if (line.waiting === 0) socket.resume();
      // Not at once: whoever has much on one connection takes turns with all the others.
      setImmediate(() => this.handle(request, response));
    });
  }

  private lineOf(socket: Socket): Line {
    const line: Line = { waiting: 0 };
    this.lines.set(socket, line);
    // Node has reasons of its own to read on, such as a client that takes what was written.
    socket.on('resume', () => {
      if (line.waiting > 0) socket.pause();
    });
    socket.once('close', () => this.count(line, -line.waiting));
    return line;
  }

  private count(line: Line, change: number): void {
    line.waiting += change;
    this.waiting += change;
  }
}
