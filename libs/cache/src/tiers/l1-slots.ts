import type { CacheConfig } from '#libs/config';
import { type CacheEntry, type CacheKey, type PresentEntry, rankOf } from '../entry/entry.js';
import { ChurnMap } from './doorkeeper.js';

/** Compressed bodies have one part of so many of L1's bytes, entries the rest. */
const PARTS = 16;

export const codedShareBytes = ({ l1MaxBytes }: CacheConfig) => Math.floor(l1MaxBytes / PARTS);

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
 * what the collector lets lie before it looks again (libs/internals/src/node.ts).
 */
// guard(entry-is-charged-its-overhead): = 500
const OVERHEAD_BYTES = 800;

/** JavaScript keeps the strings of keys, tags and bodies at one byte a character. */
export function costBytes({ entry }: Pick<L1Slot, 'entry'>, key: string): number {
  const bodyBytes = entry.state === 'present' ? entry.body.length : 0;
  return OVERHEAD_BYTES + key.length + bodyBytes;
}

/**
 * What L1 has of a key. A `trusted` entry may be served, and is marked stale unless it is `verified`. A `kept` one has to be compared
 * with Redis first, but is better than an error when no tier else can be asked.
 */
export type L1Lookup =
  | { readonly kind: 'trusted'; readonly entry: CacheEntry; readonly verified: boolean }
  | { readonly kind: 'kept'; readonly entry: CacheEntry }
  | { readonly kind: 'none' };

export const NONE: L1Lookup = { kind: 'none' };

/** Floors of so many keys without a slot: what is dropped did not change, nor leave L1, here for long. */
const MAX_FLOORS = 10_000;

/** What is known of a key: its slot, or no more than its floor. It stands in the list of those that have the same. */
export interface Known {
  readonly key: CacheKey;
  slot: L1Slot | null;
  /** The rank of the latest that this process has seen, beside that of the slot; 0 for none. */
  floor: number;
  bytes: number;
  newer: Known | null;
  older: Known | null;
}

/** In the order of their last use. What leaves it leads nowhere: an old object that does would keep all that came after it alive. */
class Recency {
  newest: Known | null = null;
  oldest: Known | null = null;
  size = 0;

  add(known: Known): void {
    known.older = this.newest;
    if (this.newest === null) this.oldest = known;
    else this.newest.newer = known;
    this.newest = known;
    this.size += 1;
  }

  remove(known: Known): void {
    const { newer, older } = known;
    if (newer === null) this.newest = older;
    else newer.older = older;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    known.newer = null;
    known.older = null;
    this.size -= 1;
  }

  touch(known: Known): void {
    if (this.newest === known) return;
    this.remove(known);
    this.add(known);
  }
}

/**
 * The slots of L1, bounded in bytes, and how far this process has seen each key come, by rank. That is remembered after the entry
 * is gone, so that an eviction does not let an older state be read after a newer one (monotonic reads).
 *
 * Both are found by one look-up, and an entry that goes leaves its rank where it was.
 */
export class L1Slots {
  /** Keys come and go here by the thousand as well: an old table would keep those that went. */
  private keys = new ChurnMap<CacheKey, Known>();
  private readonly filled = new Recency();
  /** By what was raised last, and not by what was asked for. */
  private readonly floors = new Recency();
  private readonly maxBytes: number;
  private readonly maxEntryBytes: number;
  private held = 0;

  constructor(config: CacheConfig) {
    this.maxBytes = config.l1MaxBytes - codedShareBytes(config);
    // One huge entry must not push out everything else.
    this.maxEntryBytes = Math.min(this.maxBytes, Math.ceil(config.l1MaxBytes / 8));
  }

  get bytes(): number {
    return this.held;
  }

  get count(): number {
    return this.filled.size;
  }

  /** For a reader: the slot is used, and stays longer than the others. */
  use(key: CacheKey): L1Slot | undefined {
    const known = this.keys.get(key);
    if (known === undefined || known.slot === null) return undefined;
    this.filled.touch(known);
    return known.slot;
  }

  peek(key: CacheKey): L1Slot | undefined {
    return this.keys.get(key)?.slot ?? undefined;
  }

  known(key: CacheKey): Known | undefined {
    return this.keys.get(key);
  }

  /**
   * There may be no room for it. Its version is still remembered.
   *
   * @param known what is known of the key now
   */
  set(key: CacheKey, slot: L1Slot, known: Known | undefined): void {
    const bytes = costBytes(slot, key);
    if (bytes > this.maxEntryBytes) return void this.refuse(key, known, rankOf(slot.entry));
    const filled = known ?? this.add(key);
    if (filled.slot !== null) this.filled.touch(filled);
    else {
      if (known !== undefined) this.floors.remove(known);
      this.filled.add(filled);
    }
    this.held += bytes - filled.bytes;
    filled.bytes = bytes;
    filled.slot = slot;
    while (this.held > this.maxBytes && this.filled.oldest !== null) this.evict(this.filled.oldest);
  }

  delete(key: CacheKey): void {
    const known = this.keys.get(key);
    if (known !== undefined) this.evict(known);
  }

  /** The rank of the latest that this process has seen of a key; 0 for none. */
  floorOf(known: Known | undefined): number {
    if (known === undefined) return 0;
    const { floor, slot } = known;
    return Math.max(/* guard(versions-outlive-entries): = 0 */ floor, slot === null ? 0 : rankOf(slot.entry));
  }

  raiseFloor(key: CacheKey, rank: number): void {
    const known = this.keys.get(key);
    if (known === undefined) return void this.remember(this.add(key), rank);
    known.floor = Math.max(rank, known.floor);
    if (known.slot === null) this.floors.touch(known);
  }

  /** The origin itself says that the key has come no further. */
  lowerFloor(key: CacheKey, rank: number): void {
    const known = this.keys.get(key);
    if (known !== undefined && known.floor > 0) known.floor = rank;
  }

  clear(): void {
    // One by one: otherwise an old one would keep all others alive.
    for (const list of [this.filled, this.floors])
      for (let at = list.oldest; at !== null; at = list.oldest) list.remove(at);
    this.keys = new ChurnMap();
    this.held = 0;
  }

  /** The most recently read keys that were read more than once, the last one first. */
  hottest(limit: number): CacheKey[] {
    const keys: CacheKey[] = [];
    for (let at = this.filled.newest; at !== null && keys.length < limit; at = at.older)
      if (at.slot !== null && at.slot.hits > 1) keys.push(at.key);
    return keys;
  }

  private add(key: CacheKey): Known {
    const known = { key, slot: null, floor: 0, bytes: 0, newer: null, older: null };
    this.keys.set(key, known);
    return known;
  }

  private refuse(key: CacheKey, known: Known | undefined, rank: number): void {
    if (known === undefined || known.slot === null) this.raiseFloor(key, rank);
    else this.leave(known, rank);
  }

  private evict(known: Known): void {
    if (known.slot !== null) this.leave(known, rankOf(known.slot.entry));
  }

  private leave(known: Known, rank: number): void {
    this.filled.remove(known);
    this.held -= known.bytes;
    known.bytes = 0;
    known.slot = null;
    this.remember(known, rank);
  }

  private remember(known: Known, rank: number): void {
    known.floor = Math.max(rank, known.floor);
    this.floors.add(known);
    const { oldest } = this.floors;
    if (this.floors.size <= MAX_FLOORS || oldest === null) return;
    this.floors.remove(oldest);
    this.keys.delete(oldest.key);
  }
}
