import { CacheConfig, SheddingConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { Clock } from '../entry/entry.js';
import { CacheEvents } from '../events.js';

const RETRY_AFTER_SECONDS = 1;

/** The problem for a client whose answer would have come too late. */
export function overloaded(): ProblemError {
  return new ProblemError('OVERLOADED', {
    detail: 'No cache has this answer and it cannot be loaded in time. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

export function isOverloaded(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'OVERLOADED';
}

/** Enough that a cold start under traffic is not refused before the limit has adapted. */
const INITIAL_LOADS = 2_000;
/** Always admitted: these show that the origin has recovered. */
const MIN_LOADS = 20;
/** A load that takes more than this part of its lease is one of too many. */
const TOO_SLOW_LEASES = 1 / 3;
const EMIT_EVERY_MS = 1_000;

/**
 * Bounds the concurrent loads of this process to those that the origin can answer in time; the rest is refused
 * immediately.
 */
export class LoadLimit {
  private readonly limit: AdaptiveLimit | null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    clock: Clock,
    cache: CacheConfig,
    { maxLoads }: SheddingConfig,
    private readonly events: CacheEvents,
  ) {
    const bounds = { initial: INITIAL_LOADS, min: Math.min(MIN_LOADS, maxLoads), max: maxLoads };
    const tooSlowMs = cache.leaseMs * TOO_SLOW_LEASES;
    this.limit = maxLoads === 0 ? null : new AdaptiveLimit({ ...bounds, tooSlowMs }, () => clock.nowMs());
  }

  start(): void {
    this.timer = setInterval(() => this.emitState(), EMIT_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** @throws ProblemError `OVERLOADED` if there are too many; what `load` throws otherwise */
  async run<T>(load: () => Promise<T>): Promise<T> {
    if (this.limit === null) return load();
    const end = this.limit.enter();
    if (end === undefined) {
      this.events.emit('shed', 'load-limit');
      throw overloaded();
    }
    try {
      const loaded = await load();
      end('done');
      return loaded;
    } catch (error) {
      end(saysTooMany(error) ? 'dropped' : 'unknown');
      throw error;
    }
  }

  private emitState(): void {
    if (this.limit === null) return;
    this.events.emit('load-limit', { limit: this.limit.current, underWay: this.limit.underWay });
  }
}

/** Any other failure is the load's own and says nothing about the load of the origin. */
function saysTooMany(error: unknown): boolean {
  return error instanceof ProblemError && error.definition.status === 503;
}

/** A timer that is this late was held up by the process itself. */
const STALLED_MS = 100;
const AFTER_STALL_MS = 500;

/**
 * The longest that anyone waits for a read, whatever the parts of it add up to: a wait for another process's load, a load
 * of its own after that, a Redis that is slow before and after. The read itself goes on, for later readers.
 */
export class ReadDeadline {
  constructor(
    private readonly config: SheddingConfig,
    private readonly events: CacheEvents,
  ) {}

  /** @throws ProblemError `OVERLOADED` when the time is up; what `read` throws otherwise */
  async within<T>(read: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const wait = (ms: number) => {
      const dueAtMs = performance.now() + ms;
      timer = setTimeout(() => {
        // After a stall of this process its timers come before its sockets: the answer may be here and unread.
        if (performance.now() - dueAtMs > STALLED_MS) return wait(AFTER_STALL_MS);
        this.events.emit('shed', 'read-timeout');
        // guard(reads-have-a-deadline): = undefined
        return late.reject(overloaded());
      }, ms);
    };
    wait(this.config.readTimeoutMs);
    try {
      return await Promise.race([read, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export interface AdaptiveLimitOptions {
  /** Where it begins. */
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  /** A slower call shows that there are too many, in milliseconds. */
  readonly tooSlowMs: number;
}

/** How a call ended. `dropped`: it was refused or timed out. `unknown`: it says nothing about the load of the other end. */
export type CallEnd = 'done' | 'dropped' | 'unknown';

/** Below this many times the shortest time that was seen, no call waits behind another. */
const NEAR = 4;
/** The least that counts as near, in milliseconds: a smaller difference may come from a busy event loop. */
const NEAR_MS = 50;
/** A share of the time that is too slow: a reduced limit grows again while calls take no longer than this. */
const IN_GOOD_TIME = 1 / 2;
/** A time that was seen this long ago may no longer be possible, in milliseconds. */
const MEMORY_MS = 30_000;
/** A smaller limit has this long to take effect, in milliseconds. */
const SHRINK_EVERY_MS = 100;
const SHRUNK_BY_SLOWNESS = 0.8;
const SHRUNK_BY_DROPS = 0.5;

/**
 * An adaptive limit on concurrent calls: one more with every call that ends near the shortest time that was seen, a
 * good part less when they slow down or are dropped (additive increase, multiplicative decrease, as in Netflix'
 * concurrency-limits). Calls above it are refused immediately: waiting would only build a queue of answers that come
 * too late. Up to its initial value it also grows with calls that are merely in good time: an origin that has become
 * slower to reach is not busier, and would otherwise be spared for as long as its best time is remembered.
 */
export class AdaptiveLimit {
  private limit: number;
  private under = 0;
  private shrunkAtMs = Number.NEGATIVE_INFINITY;
  private shortestMs = Number.POSITIVE_INFINITY;
  private seenAtMs = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(
    private readonly options: AdaptiveLimitOptions,
    private readonly nowMs: () => number,
  ) {
    this.limit = Math.min(options.initial, options.max);
  }

  get current(): number {
    return Math.floor(this.limit);
  }

  get underWay(): number {
    return this.under;
  }

  /** @returns to be called once, when the call has ended; undefined if the limit is reached */
  enter(): ((end: CallEnd) => void) | undefined {
    // guard(loads-are-limited): drop
    if (this.under >= this.current) return undefined;
    this.under += 1;
    const startedAtMs = this.nowMs();
    return (end) => {
      const wasInUse = this.under * 2 >= this.current;
      this.under -= 1;
      this.adapt(end, this.nowMs() - startedAtMs, wasInUse);
    };
  }

  private adapt(end: CallEnd, tookMs: number, wasInUse: boolean): void {
    if (end === 'dropped') this.shrink(SHRUNK_BY_DROPS);
    if (end !== 'done') return;
    if (tookMs > this.options.tooSlowMs) {
      this.shrink(SHRUNK_BY_SLOWNESS);
      return;
    }
    this.remember(tookMs);
    // A limit that is not nearly reached has not been tested.
    if (wasInUse && this.mayGrowBy(tookMs)) this.limit = Math.min(this.options.max, this.limit + 1);
  }

  private mayGrowBy(tookMs: number): boolean {
    if (tookMs <= Math.max(NEAR_MS, NEAR * this.shortestMs)) return true;
    return this.limit < this.options.initial && tookMs <= IN_GOOD_TIME * this.options.tooSlowMs;
  }

  private remember(tookMs: number): void {
    const nowMs = this.nowMs();
    if (tookMs > this.shortestMs && nowMs - this.seenAtMs < MEMORY_MS) return;
    this.shortestMs = tookMs;
    this.seenAtMs = nowMs;
  }

  private shrink(by: number): void {
    const nowMs = this.nowMs();
    if (nowMs - this.shrunkAtMs < SHRINK_EVERY_MS) return;
    this.shrunkAtMs = nowMs;
    this.limit = Math.max(this.options.min, this.limit * by);
  }
}
