import type { CacheEntry, PresentEntry } from '../entry/entry.js';
import type { HitHead } from '../entry/hit-head.js';

/** An entry in memory, with what memory itself knows of it. */
export interface MemorySlot {
  readonly entry: CacheEntry;
  /** It is known to have been right then: while no invalidations arrive it is trusted for a short time from here. */
  readonly asOfMs: number;
  /** The epoch in which it was asked for. */
  readonly epoch: number;
  /** Its key changed, and it is not known yet whether by what is kept here or since then. */
  suspect: boolean;
  /** Reads since it came in; tells the hottest keys. */
  hits: number;
  /** Made when the hot path first answers from here. */
  head: HitHead | null;
}

/** The slot of a thing that is there. */
export type HotSlot = MemorySlot & { readonly entry: PresentEntry };

export function isPresent(slot: MemorySlot): slot is HotSlot {
  return slot.entry.state === 'present';
}

/**
 * What a slot costs beside its body: the slot, the entry and its times, the strings' own heads, the tag, the key and
 * its share of the map and of the list of recency, and the head of a slot that the hot path answers from. With it comes
 * what the collector lets lie before it looks again (apps/api/src/tune-heap.ts).
 */
const OVERHEAD_BYTES = 800;

/** JavaScript keeps the strings of keys, tags and bodies at one byte a character. */
export function costBytes({ entry }: Pick<MemorySlot, 'entry'>, key: string): number {
  const bodyBytes = entry.state === 'present' ? entry.body.length : 0;
  return OVERHEAD_BYTES + key.length + bodyBytes;
}
