import type { CacheEntry } from './entry.js';

/** Versions are whole numbers, so there is room between two of them. */
const AFTER_ITS_VERSION = 0.5;

/**
 * Where an entry stands in the order of what its key has been. The knowledge that there is no such thing has no version of its
 * own: it is as new as the latest one that was known before the source was asked, and so comes after the state that had it.
 * Where the source knows no versions (0) nothing can be told apart.
 */
export function rankOf({ state, version }: CacheEntry): number {
  return state === 'absent' && version > 0 ? version + AFTER_ITS_VERSION : version;
}
