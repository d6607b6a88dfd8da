import type { Answer, Question } from './protocol.js';

/** What came of a question: whoever was asked may be paused, busy, or dead by now. */
export type Reply = { readonly kind: 'answered'; readonly value: unknown } | { readonly kind: 'silent' };

/** The questions that one process has put to others and that wait for their answers. */
export class Questions {
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private lastId = 0;

  /**
   * @param send takes the question to whoever is asked
   * @param timeoutMs how long to wait for the answer, in milliseconds
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

  /** Takes an answer in; one that comes too late is dropped. */
  take({ id, value }: Answer): void {
    this.settle(id, value === undefined ? { kind: 'silent' } : { kind: 'answered', value });
  }

  private settle(id: number, reply: Reply): void {
    const resolve = this.pending.get(id);
    this.pending.delete(id);
    resolve?.(reply);
  }
}
