import type { CacheEntry } from '../entry/entry.js';

/** An entry, and where it came from. */
export interface CacheRead {
  readonly source: 'memory' | 'redis' | 'origin';
  readonly entry: CacheEntry;
  /** Whether it is known to be still true, but for the last moment. What is not is better than an error, and told as stale. */
  readonly verified: boolean;
}
