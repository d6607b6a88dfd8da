import { LRUCache } from 'lru-cache';
import type { CacheKey } from '../entry/entry.js';

/** A version and its key are small; what is dropped here did not change, nor leave memory, here for long. */
const MAX_KEYS = 10_000;

/**
 * Remembers how far this process has seen a key come, by rank, after the entry itself is gone, so that an eviction does not
 * let an older state be read after a newer one (monotonic reads).
 */
export class VersionFloor {
  private readonly ranks = new LRUCache<CacheKey, number>({ max: MAX_KEYS });

  /** Asked at every read: it is what was raised last that stays longest, and not what was asked for. */
  of(key: CacheKey): number {
    return this.ranks.peek(key) ?? 0;
  }

  raise(key: CacheKey, rank: number): void {
    this.ranks.set(key, Math.max(rank, this.of(key)));
  }
}
