import type { CacheEntry } from '../entry/entry.js';

/** An entry, and where it came from. */
export interface CacheRead {
  readonly source: 'memory' | 'redis' | 'origin';
  readonly entry: CacheEntry;
}
