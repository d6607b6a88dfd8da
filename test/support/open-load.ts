import { setTimeout as pause } from 'node:timers/promises';
import { Connection, type Outcome } from '../bench/load/connection.ts';
import { until } from './until.ts';

const TICK_MS = 1;
/** Also on a machine that is busy with other things, a request that was not answered by then never will be. */
const PATIENCE_MS = 20_000;

/** What users saw of their requests. */
export interface OpenLoadReport {
  readonly offered: number;
  readonly answered: number;
  /** Requests that got no answer, or one of 400 and more; in words. */
  readonly failures: readonly string[];
  /** Answers that said that they are the last on their connection. */
  readonly lastAnswers: number;
  /** Averages over the whole of the load. */
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
}

export interface OpenLoadOptions {
  readonly perSecond: number;
  /** Kept connections, each for one request at a time; they take turns. */
  readonly connections: number;
  /** The path of the n-th request. */
  readonly path: (n: number) => string;
}

/**
 * Reads over kept connections by the clock, whether answers come or not, as users do: one that waited for an answer before
 * it asks again would spare a service that does not answer. A connection that was ended is opened again when it is needed.
 */
export class OpenLoad {
  readonly failures: string[] = [];
  answered = 0;
  private readonly url: URL;
  private readonly options: OpenLoadOptions;
  private readonly free: Connection[];
  private readonly all: readonly Connection[];
  private readonly startedAtMs = performance.now();
  private readonly running: Promise<void>;
  private due = 0;
  private offered = 0;
  private lastAnswers = 0;
  /** Connections that were ended while it leaves. */
  private gone = 0;
  private ending: 'not yet' | 'leaving' | 'at once' = 'not yet';

  constructor(url: string, options: OpenLoadOptions) {
    this.url = new URL(url);
    this.options = options;
    this.all = Array.from({ length: options.connections }, () => new Connection(Number(this.url.port)));
    this.free = [...this.all];
    this.running = this.run();
  }

  /** Ends it as a balancer does that turns away: a connection is used until an answer ends it, and not opened again. */
  turnAway(): Promise<OpenLoadReport> {
    this.ending = 'leaving';
    return this.over();
  }

  /** Ends it when all that is under way is answered. */
  stop(): Promise<OpenLoadReport> {
    this.ending = 'at once';
    return this.over();
  }

  private async over(): Promise<OpenLoadReport> {
    await this.running;
    const seconds = (performance.now() - this.startedAtMs) / 1_000;
    for (const connection of this.all) connection.close();
    const { offered, answered, failures, lastAnswers } = this;
    const rates = { offeredPerSecond: offered / seconds, answeredPerSecond: answered / seconds };
    return { offered, answered, failures, lastAnswers, ...rates };
  }

  private async run(): Promise<void> {
    const left = () => this.ending === 'leaving' && this.gone === this.all.length;
    while (this.ending !== 'at once' && !left()) {
      this.due = Math.floor(((performance.now() - this.startedAtMs) * this.options.perSecond) / 1_000);
      this.sendWhatIsDue();
      for (const connection of this.all) connection.giveUp(performance.now() - PATIENCE_MS);
      await pause(TICK_MS);
    }
    await until('all is answered', () => this.answered + this.failures.length === this.offered);
  }

  private sendWhatIsDue(): void {
    while (this.offered < this.due) {
      const connection = this.free.shift();
      if (connection === undefined) return;
      this.offered += 1;
      const request = `GET ${this.options.path(this.offered)} HTTP/1.1\r\nHost: ${this.url.host}\r\n\r\n`;
      connection.send(request, performance.now(), (outcome) => this.take(connection, outcome));
    }
  }

  private take(connection: Connection, outcome: Outcome): void {
    const isLast = outcome.kind === 'answered' && /\r\nconnection: close/i.test(outcome.answer.head);
    if (isLast) this.lastAnswers += 1;
    if (outcome.kind === 'failed') this.failures.push(outcome.reason);
    else if (outcome.answer.status >= 400) this.failures.push(`status ${outcome.answer.status}`);
    else this.answered += 1;
    if (isLast && this.ending === 'leaving') this.gone += 1;
    else this.free.push(connection);
    this.sendWhatIsDue();
  }
}
