import { LRUCache } from 'lru-cache';
import type { CacheKey } from '../entry/entry.js';

/** A version and its key are small; what is dropped here did not change, nor leave memory, here for long. */
const MAX_KEYS = 10_000;

/**
 * Remembers which version this process has seen of a key after the entry itself is gone, so that an eviction does not
 * let an older state be read after a newer one (monotonic reads).
 */
export class VersionFloor {
  private readonly versions = new LRUCache<CacheKey, number>({ max: MAX_KEYS });

  /** Asked at every read: it is what was raised last that stays longest, and not what was asked for. */
  of(key: CacheKey): number {
    return this.versions.peek(key) ?? 0;
  }

  raise(key: CacheKey, version: number): void {
    this.versions.set(key, Math.max(version, this.of(key)));
  }
}
