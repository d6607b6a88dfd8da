import cluster from 'node:cluster';
import {
  type Question,
  Questions,
  type Reply,
  type StopReason,
  type ToParent,
  type ToWorker,
} from './messages.js';

/** A worker's connection to its parent. When the parent dies, Node ends the worker. */
export class ParentLink {
  private readonly questions = new Questions();
  private readonly answers = new Map<string, () => Promise<unknown>>();
  private readonly service = Promise.withResolvers<void>();
  private stopWith: ((reason: StopReason) => void) | undefined;

  private constructor() {
    process.on('message', (message: ToWorker) => this.hear(message));
  }

  /** @returns undefined in a process that is not a worker */
  static open(): ParentLink | undefined {
    return cluster.isWorker ? new ParentLink() : undefined;
  }

  /** @param stop called when the parent asks this process to stop; replaces the previous one */
  onStop(stop: (reason: StopReason) => void): void {
    this.stopWith = stop;
  }

  /** Reports that preparation is done. Resolves when the parent asks this process to serve. */
  async untilNeeded(): Promise<void> {
    await this.send({ kind: 'prepared' });
    await this.service.promise;
  }

  /** Registers the answer to the parent's questions about a topic. */
  answer(topic: string, answer: () => Promise<unknown>): void {
    this.answers.set(topic, answer);
  }

  /** @param timeoutMs time to wait for the answer, in milliseconds */
  ask(topic: string, timeoutMs: number): Promise<Reply> {
    return this.questions.ask(topic, (question) => void this.send(question), timeoutMs);
  }

  /** Sends a message to the parent. Resolves once it is sent or cannot be. */
  send(message: ToParent): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!process.connected) resolve();
    else process.send?.(message, undefined, undefined, () => resolve());
    return promise;
  }

  private hear(message: ToWorker): void {
    switch (message.kind) {
      case 'ping':
        void this.send({ kind: 'pong' });
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
    await this.send({ kind: 'answer', id, value });
  }
}
