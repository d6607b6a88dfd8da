import { connect, type Socket } from 'node:net';
import { AnswerReader, type RawAnswer } from './answer-reader.ts';

export type Outcome =
  | { readonly kind: 'answered'; readonly answer: RawAnswer }
  | { readonly kind: 'failed'; readonly reason: string };

interface Waiting {
  readonly done: (outcome: Outcome) => void;
  readonly dueMs: number;
}

/** One keep-alive connection on a raw socket, for one request at a time; opened when first needed, and again when lost. */
export class Connection {
  private socket: Socket | null = null;
  private reader = new AnswerReader();
  private waiting: Waiting | null = null;

  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /**
   * @param dueMs when the request should have been sent, by performance.now()
   * @param done called once, later
   */
  send(bytes: string, dueMs: number, done: (outcome: Outcome) => void): void {
    this.waiting = { done, dueMs };
    this.socket ??= this.open();
    this.socket.write(bytes, 'latin1');
  }

  /** Gives up what is under way if it was due before a moment. */
  giveUp(dueBeforeMs: number): void {
    if (this.waiting === null || this.waiting.dueMs > dueBeforeMs) return;
    this.drop('timeout');
  }

  close(): void {
    this.drop('unanswered at the end');
  }

  private open(): Socket {
    const socket = connect(this.port, '127.0.0.1').setNoDelay(true);
    this.reader = new AnswerReader();
    socket.on('data', (chunk) => {
      if (this.socket === socket) this.receive(chunk);
    });
    let reason = 'connection closed';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message;
    });
    socket.on('close', () => {
      if (this.socket === socket) this.drop(reason);
    });
    return socket;
  }

  private receive(chunk: Buffer): void {
    const answer = this.reader.read(chunk);
    if (answer === null) return;
    if (/\r\nconnection: close/i.test(answer.head)) this.forget();
    this.finish({ kind: 'answered', answer });
  }

  private drop(reason: string): void {
    this.forget();
    this.finish({ kind: 'failed', reason });
  }

  private forget(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.destroy();
  }

  private finish(outcome: Outcome): void {
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.done(outcome);
  }
}
