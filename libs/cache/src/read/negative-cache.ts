import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';

/** Bounded, since an outage fails as many keys as are asked for. */
const MAX_KEYS = 10_000;

interface Failure {
  readonly error: unknown;
  readonly untilMs: number;
}

/**
 * Caches the error of a key's load for a short time. Without it a failing origin is asked again by every
 * reader in turn, each waiting as long as the last, just when it can bear that least.
 */
export class NegativeCache {
  private readonly failures = new LRUCache<CacheKey, Failure>({ max: MAX_KEYS });

  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {}

  remember(key: CacheKey, error: unknown): void {
    // Half to one and a half times, so that keys that failed together are not tried again together.
    const forMs = this.config.failureMs * (0.5 + Math.random());
    this.failures.set(key, { error, untilMs: this.clock.nowMs() + forMs });
  }

  recall(key: CacheKey): Failure | undefined {
    const failure = this.failures.get(key);
    if (failure === undefined || this.clock.nowMs() < failure.untilMs) return failure;
    this.failures.delete(key);
    return undefined;
  }

  clear(): void {
    this.failures.clear();
  }
}
