import { type BulkheadPolicy, bulkhead } from 'cockatiel';
import type { Bulkhead, ResilienceEvents } from './events.js';

export interface PlacesOptions {
  /** Calls at once. */
  readonly concurrency: number;
  /** How many more may wait for a place; the rest is refused. */
  readonly queue: number;
  /** The longest that one of them waits, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Said of a call that got no place. */
export class NoPlaceError extends Error {
  override readonly name = 'NoPlaceError';
}

/**
 * A bulkhead: so many calls at once, whatever the traffic. Bounded in time too: a queue bounded in length alone makes the
 * last in it wait as long as all before it may take together, and then nobody is left to hear the answer.
 */
export class Places {
  private readonly bulkhead: BulkheadPolicy;

  constructor(
    private readonly name: Bulkhead,
    private readonly options: PlacesOptions,
    private readonly events: ResilienceEvents,
  ) {
    this.bulkhead = bulkhead(options.concurrency, options.queue);
    this.bulkhead.onReject(() => this.events.emit('rejected', name, 'queue-full'));
  }

  get isFull(): boolean {
    return this.bulkhead.executionSlots === 0;
  }

  /** @throws NoPlaceError where it waited too long, cockatiel's rejection where the queue is full */
  async execute<T>(call: () => Promise<T>): Promise<T> {
    const counted = async () => {
      this.tell();
      return await call();
    };
    try {
      return await (this.isFull ? this.executeInTurn(counted) : this.bulkhead.execute(counted));
    } finally {
      this.tell();
    }
  }

  private async executeInTurn<T>(call: () => Promise<T>): Promise<T> {
    const waiting = new AbortController();
    const over = Promise.withResolvers<never>();
    let started = false;
    const giveUp = () => {
      if (started) return;
      waiting.abort();
      this.events.emit('rejected', this.name, 'waited-too-long');
      over.reject(new NoPlaceError(`waited ${this.options.maxWaitMs} ms for a place`));
    };
    // After a stall of this process its timers come before its sockets: a place may be free and nobody know it yet.
    const timer = setTimeout(() => setImmediate(giveUp), this.options.maxWaitMs);
    const turn = this.bulkhead.execute(() => {
      started = true;
      clearTimeout(timer);
      return call();
    }, waiting.signal);
    try {
      return await Promise.race([turn, over.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private tell(): void {
    const { concurrency, queue } = this.options;
    this.events.emit('bulkhead', {
      bulkhead: this.name,
      running: concurrency - this.bulkhead.executionSlots,
      waiting: queue - this.bulkhead.queueSlots,
    });
  }
}
