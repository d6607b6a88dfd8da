import cluster from 'node:cluster';
import type { Question, StopReason, ToParent, ToWorker } from './protocol.js';
import { Questions, type Reply } from './questions.js';

/** A worker's hold on its parent. When the parent dies, Node ends the worker. */
export class ParentLink {
  private readonly questions = new Questions();
  private readonly answers = new Map<string, () => Promise<unknown>>();
  private readonly service = Promise.withResolvers<void>();
  private stopWith: ((reason: StopReason) => void) | undefined;

  private constructor() {
    process.on('message', (message: ToWorker) => this.hear(message));
  }

  /** @returns undefined in a process that is nobody's worker */
  static open(): ParentLink | undefined {
    return cluster.isWorker ? new ParentLink() : undefined;
  }

  /** @param stop called when the parent wants this process to end; the last one that was given counts */
  onStop(stop: (reason: StopReason) => void): void {
    this.stopWith = stop;
  }

  /** Tells the parent that all is prepared. Resolves when it wants this process to serve. */
  async untilNeeded(): Promise<void> {
    await this.tell({ kind: 'prepared' });
    await this.service.promise;
  }

  /** Answers what the parent asks about a topic. */
  answer(topic: string, answer: () => Promise<unknown>): void {
    this.answers.set(topic, answer);
  }

  /** @param timeoutMs how long to wait for the answer, in milliseconds */
  ask(topic: string, timeoutMs: number): Promise<Reply> {
    return this.questions.ask(topic, (question) => void this.tell(question), timeoutMs);
  }

  /** Tells the parent something unasked. Resolves when it is on its way, or can not be. */
  tell(message: ToParent): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!process.connected) resolve();
    else process.send?.(message, undefined, undefined, () => resolve());
    return promise;
  }

  private hear(message: ToWorker): void {
    switch (message.kind) {
      case 'ping':
        void this.tell({ kind: 'pong' });
        break;
      case 'serve':
        this.service.resolve();
        break;
      case 'stop':
        this.stopWith?.(message.reason);
        break;
      case 'question':
        void this.reply(message);
        break;
      case 'answer':
        this.questions.take(message);
        break;
    }
  }

  private async reply({ id, topic }: Question): Promise<void> {
    const value = await this.answers
      .get(topic)?.()
      .catch(() => undefined);
    await this.tell({ kind: 'answer', id, value });
  }
}
