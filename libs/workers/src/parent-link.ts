import cluster from 'node:cluster';

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
