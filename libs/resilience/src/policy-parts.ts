import { type BulkheadPolicy, bulkhead, CircuitState, type IBreaker } from 'cockatiel';
import type { BulkheadName, ResilienceEvents } from './events.js';

/*
 * The parts of a policy that cockatiel has otherwise: a breaker that counts failures in a window of time, and a bulkhead that is bounded in
 * time too.
 */

/**
 * Opens after `limit` failures within the last `windowMs`, whatever succeeds between them. cockatiel's own
 * breakers count in a row or by share: a dependency that fails now and then under heavy traffic never trips
 * those, yet costs every caller a timeout.
 */
export class FailureWindow implements IBreaker {
  private failuresAtMs: number[] = [];

  /**
   * @param limit failures that open the breaker
   * @param windowMs how far back a failure counts, in milliseconds
   * @param nowMs the clock, in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
    private readonly nowMs: () => number,
  ) {}

  get state(): unknown {
    return this.failuresAtMs;
  }

  set state(value: unknown) {
    this.failuresAtMs = Array.isArray(value) ? value.map(Number) : [];
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.failuresAtMs = [];
  }

  failure(state: CircuitState): boolean {
    const nowMs = this.nowMs();
    this.failuresAtMs = this.failuresAtMs.filter((atMs) => nowMs - atMs < this.windowMs);
    this.failuresAtMs.push(nowMs);
    const opens = state === CircuitState.HalfOpen || this.failuresAtMs.length >= this.limit;
    if (opens) this.failuresAtMs = [];
    return opens;
  }
}

export interface BulkheadOptions {
  /** Calls at once. */
  readonly concurrency: number;
  /** How many more may wait for a slot; the rest is refused. */
  readonly queue: number;
  /** The longest that one of them waits, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Thrown for a call that waited too long for a slot. */
export class NoSlotError extends Error {
  override readonly name = 'NoSlotError';
}

/**
 * A bulkhead: so many calls at once, whatever the traffic. Bounded in time too: in a queue bounded in length alone the
 * last call waits as long as all before it may take together, and then its client has gone.
 */
export class Bulkhead {
  private readonly bulkhead: BulkheadPolicy;

  constructor(
    private readonly name: BulkheadName,
    private readonly options: BulkheadOptions,
    private readonly events: ResilienceEvents,
  ) {
    this.bulkhead = bulkhead(options.concurrency, options.queue);
    this.bulkhead.onReject(() => this.events.emit('rejected', name, 'queue-full'));
  }

  get isFull(): boolean {
    return this.bulkhead.executionSlots === 0;
  }

  /** @throws NoSlotError if it waited too long, cockatiel's rejection if the queue is full */
  async execute<T>(call: () => Promise<T>): Promise<T> {
    const counted = async () => {
      this.emitUse();
      return await call();
    };
    try {
      return await (this.isFull ? this.executeQueued(counted) : this.bulkhead.execute(counted));
    } finally {
      this.emitUse();
    }
  }

  private async executeQueued<T>(call: () => Promise<T>): Promise<T> {
    const waiting = new AbortController();
    const over = Promise.withResolvers<never>();
    let started = false;
    const giveUp = () => {
      if (started) return;
      waiting.abort();
      this.events.emit('rejected', this.name, 'waited-too-long');
      // guard(slot-is-waited-for-briefly): drop
      over.reject(new NoSlotError(`waited ${this.options.maxWaitMs} ms for a slot`));
    };
    // After a stall of this process its timers run before its sockets: a slot may be free without it being known yet.
    const timer = setTimeout(() => setImmediate(giveUp), this.options.maxWaitMs);
    const queued = this.bulkhead.execute(() => {
      started = true;
      clearTimeout(timer);
      return call();
    }, waiting.signal);
    try {
      return await Promise.race([queued, over.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private emitUse(): void {
    const { concurrency, queue } = this.options;
    this.events.emit('bulkhead', {
      bulkhead: this.name,
      running: concurrency - this.bulkhead.executionSlots,
      waiting: queue - this.bulkhead.queueSlots,
    });
  }
}
