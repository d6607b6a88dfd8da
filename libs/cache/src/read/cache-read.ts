import type { CacheEntry } from '../entry/entry.js';

/** An entry, and where it came from. */
export interface CacheRead {
  readonly source: 'memory' | 'redis' | 'origin';
  readonly entry: CacheEntry;
  /** Nobody could say whether it is still true: better than an error, and told as stale. */
  readonly unverified?: true;
}
