import type { CacheEntry } from '../entry/entry.js';

/** An entry, and the tier it came from. */
export interface CacheRead {
  readonly servedFrom: 'l1' | 'l2' | 'origin';
  readonly entry: CacheEntry;
  /** Whether it was verified within the last second. An unverified one is better than an error, and is marked stale. */
  readonly verified: boolean;
}
