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
