import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';

/** What any tier can do, so that one suite holds every tier to the same promises. */
export interface Tier {
  /** Announces a fill, before the value is asked for; null where another one's is under way. */
  begin(key: CacheKey): Promise<Ticket | null>;
  get(key: CacheKey): Promise<CacheEntry | null>;
  /**
   * Announces a write that is about to commit a version: the `fill` of the ticket brings its new state, once it is
   * committed.
   */
  claim(key: CacheKey, version: number): Promise<Ticket>;
  /** Announces a write that commits by itself, whose version is known afterwards. */
  announce(key: CacheKey): Promise<Ticket>;
  /** A change with its new state, of a writer that did not announce it. */
  put(entry: CacheEntry): Promise<boolean>;
  /** A change without its new state. @param isReplayed one of very many; default: it is not */
  change(key: CacheKey, version: number, isReplayed?: boolean): Promise<void>;
  /** Loses the key as eviction does, without anything having changed. */
  evict(key: CacheKey): Promise<void>;
}

export interface Ticket {
  fill(entry: CacheEntry): Promise<boolean>;
}
