import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';

/** What any tier can do, so that one suite holds every tier to the same promises. */
export interface Tier {
  /** Announces a fill, before the value is asked for; null where another one's is under way. */
  begin(key: CacheKey): Promise<Ticket | null>;
  get(key: CacheKey): Promise<CacheEntry | null>;
  /** A change with its new state. */
  put(entry: CacheEntry): Promise<boolean>;
  /** A change without its new state. */
  change(key: CacheKey, version: number): Promise<void>;
  /** Loses the key as eviction does, without anything having changed. */
  evict(key: CacheKey): Promise<void>;
}

export interface Ticket {
  fill(entry: CacheEntry): Promise<boolean>;
}
