import type { CacheKey } from '../entry/entry.js';
import type { CacheRead } from '../read/cache-read.js';
import type { CacheReader } from '../read/cache-reader.js';
import type { Load } from '../read/loaded.js';
import { isOverloaded } from '../read/overloaded.js';

/** What memory did not answer. */
export interface Miss {
  readonly key: CacheKey;
  readonly load: Load;
  /** The client asked past the cache. */
  readonly bypass: boolean;
}

/**
 * The rest of a read that memory did not answer. Every way past memory leads by the gate, the one that a client asks for
 * too.
 *
 * @param admit asks at the gate; throws what ends such a request
 * @throws what `admit` or the load throws, where nothing within its grace is left
 */
export async function beyondMemory(
  reader: CacheReader,
  { key, load, bypass }: Miss,
  admit: () => Promise<void>,
): Promise<CacheRead> {
  try {
    await admit();
  } catch (error) {
    // What memory keeps costs a comparison, and no load: a process that is too busy to hear of changes trusts nothing for
    // long, and would refuse its hottest keys first.
    if (bypass || !isOverloaded(error) || !reader.keeps(key)) throw error;
  }
  return bypass ? reader.readSource(key, load) : reader.beyondMemory(key, load);
}
