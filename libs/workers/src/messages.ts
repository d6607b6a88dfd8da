/** Why a worker stops. In a roll the service goes on, so the worker does not log its end. */
export type StopReason = 'shutdown' | 'roll';

export interface Question {
  readonly kind: 'question';
  readonly id: number;
  readonly topic: string;
}

export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  /** Absent if the receiver has none. */
  readonly value?: unknown;
}

/** Messages from the parent to a worker. */
export type ToWorker =
  /** Before it the worker only prepares; it owns no shared resource yet. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop'; readonly reason: StopReason }
  | Question
  | Answer;

/** Messages from a worker to its parent. */
export type ToParent =
  /** Everything that can be done before `serve` is done. */
  | { readonly kind: 'prepared' }
  | { readonly kind: 'pong' }
  /** The worker cannot start; `text` is for the operator. */
  | { readonly kind: 'failed'; readonly text: string }
  /** Unsolicited state that the parent keeps after the worker's end. */
  | { readonly kind: 'report'; readonly topic: string; readonly value: unknown }
  | Question
  | Answer;

/** The outcome of a question. The receiver may be paused, busy or dead. */
export type Reply = { readonly kind: 'answered'; readonly value: unknown } | { readonly kind: 'silent' };

/** Questions of this process that wait for an answer. */
export class Questions {
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private lastId = 0;

  /**
   * @param send sends the question
   * @param timeoutMs time to wait for the answer, in milliseconds
   */
  ask(topic: string, send: (question: Question) => void, timeoutMs: number): Promise<Reply> {
    this.lastId += 1;
    const id = this.lastId;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => this.settle(id, { kind: 'silent' }), timeoutMs);
    this.pending.set(id, (reply) => {
      clearTimeout(timer);
      resolve(reply);
    });
    send({ kind: 'question', id, topic });
    return promise;
  }

  /** Settles the question of an answer. A late answer is dropped. */
  take({ id, value }: Answer): void {
    this.settle(id, value === undefined ? { kind: 'silent' } : { kind: 'answered', value });
  }

  private settle(id: number, reply: Reply): void {
    const resolve = this.pending.get(id);
    this.pending.delete(id);
    resolve?.(reply);
  }
}
