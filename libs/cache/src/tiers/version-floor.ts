import { LRUCache } from 'lru-cache';
import type { CacheKey } from '../entry/entry.js';

/** A version and its key are small; what is dropped here was not read here for long. */
const MAX_KEYS = 10_000;

/**
 * Remembers which version this process has seen of a key after the entry itself is gone, so that an eviction does not
 * let an older state be read after a newer one (monotonic reads).
 */
export class VersionFloor {
  private readonly versions = new LRUCache<CacheKey, number>({ max: MAX_KEYS });

  of(key: CacheKey): number {
    return this.versions.get(key) ?? 0;
  }

  raise(key: CacheKey, version: number): void {
    if (version > this.of(key)) this.versions.set(key, version);
  }
}
