import type { CacheConfig } from '#libs/config';
import type { CacheEntry, PresentEntry } from '../entry/entry.js';

/** Compressed bodies have one part of so many of L1's bytes, entries the rest. */
const PARTS = 16;

export const codedShareBytes = ({ l1MaxBytes }: CacheConfig) => Math.floor(l1MaxBytes / PARTS);

export const entriesShareBytes = (config: CacheConfig) => config.l1MaxBytes - codedShareBytes(config);

/** An entry in L1, with L1's own state of it. */
export interface L1Slot {
  readonly entry: CacheEntry;
  /** It is known to have been right then: while no invalidations arrive it is trusted for a short time from here. */
  readonly asOfMs: number;
  /** The epoch in which it was asked for. */
  readonly epoch: number;
  /** Its key changed, and it is not known yet whether this entry includes the change. */
  suspect: boolean;
  /** Reads since it came in; finds the hottest keys. */
  hits: number;
  /** Kept by the reader that answers from this slot, for the next answer; it goes with the slot. The engine never reads it. */
  attachment: unknown;
}

/** The slot of a thing that is there. */
export type HotSlot = L1Slot & { readonly entry: PresentEntry };

export function isPresent(slot: L1Slot): slot is HotSlot {
  return slot.entry.state === 'present';
}

/**
 * What a slot costs beside its body: the slot, the entry and its times, the strings' own heads, the tag, the key and
 * its share of the map and of the list of recency, and the head of a slot that the hot path answers from. With it comes
 * what the collector lets lie before it looks again (apps/api/src/tune-heap.ts).
 */
// guard(entry-is-charged-its-overhead): = 500
const OVERHEAD_BYTES = 800;

/** JavaScript keeps the strings of keys, tags and bodies at one byte a character. */
export function costBytes({ entry }: Pick<L1Slot, 'entry'>, key: string): number {
  const bodyBytes = entry.state === 'present' ? entry.body.length : 0;
  return OVERHEAD_BYTES + key.length + bodyBytes;
}

/** May be served, and is marked stale unless it is `verified`. */
export interface TrustedLookup {
  readonly kind: 'trusted';
  readonly entry: CacheEntry;
  readonly verified: boolean;
}

/**
 * What L1 has of a key. A `kept` entry has to be compared with Redis first, but is better than an error when no tier
 * else can be asked.
 */
export type L1Lookup =
  | TrustedLookup
  | { readonly kind: 'kept'; readonly entry: CacheEntry }
  | { readonly kind: 'none' };

export const NONE: L1Lookup = { kind: 'none' };
