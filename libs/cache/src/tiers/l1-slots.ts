import { LRUCache } from 'lru-cache';
import type { CacheConfig } from '#libs/config';
import { type CacheEntry, type CacheKey, type PresentEntry, rankOf } from '../entry/entry.js';
import type { Visit } from './doorkeeper.js';

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

/** The options of every call. Without them, the cache makes an object for each. */
const DEFAULTS = {};

/** Floors of so many keys: what is dropped did not change, nor leave L1, here for long. */
const MAX_FLOORS = 10_000;

/**
 * The slots of L1, bounded in bytes, and how far this process has seen each key come, by rank. That is remembered after the entry
 * is gone, so that an eviction does not let an older state be read after a newer one (monotonic reads).
 */
export class L1Slots {
  private readonly slots: LRUCache<CacheKey, L1Slot>;
  private readonly floors = new LRUCache<CacheKey, number>({ max: MAX_FLOORS });

  constructor(config: CacheConfig) {
    this.slots = new LRUCache<CacheKey, L1Slot>({
      maxSize: config.l1MaxBytes - codedShareBytes(config),
      // One huge entry must not push out everything else.
      maxEntrySize: Math.ceil(config.l1MaxBytes / 8),
      sizeCalculation: costBytes,
      dispose: ({ entry }, key, reason) => {
        if (reason !== 'set') this.raiseFloor(key, rankOf(entry));
      },
    });
  }

  get bytes(): number {
    return this.slots.calculatedSize;
  }

  get count(): number {
    return this.slots.size;
  }

  /** For a reader: the slot is used, and stays longer than the others. */
  use(key: CacheKey): L1Slot | undefined {
    return this.slots.get(key, DEFAULTS);
  }

  peek(key: CacheKey): L1Slot | undefined {
    return this.slots.peek(key, DEFAULTS);
  }

  /** There may be no room for it. Its version is still remembered. */
  set(key: CacheKey, slot: L1Slot): void {
    this.slots.set(key, slot, DEFAULTS);
    if (!this.slots.has(key, DEFAULTS)) this.raiseFloor(key, rankOf(slot.entry));
  }

  delete(key: CacheKey): void {
    this.slots.delete(key);
  }

  /**
   * The rank of the latest that this process has seen of a key; 0 for none.
   *
   * @param slot that the key has now
   */
  floorOf(key: CacheKey, slot: L1Slot | undefined): number {
    return Math.max(
      // By a peek: it is what was raised last that stays longest, and not what was asked for.
      /* guard(versions-outlive-entries): = 0 */ this.floors.peek(key, DEFAULTS) ?? 0,
      slot === undefined ? 0 : rankOf(slot.entry),
    );
  }

  raiseFloor(key: CacheKey, rank: number): void {
    this.floors.set(key, Math.max(rank, this.floors.peek(key, DEFAULTS) ?? 0), DEFAULTS);
  }

  /** The origin itself says that the key has come no further. */
  lowerFloor(key: CacheKey, rank: number): void {
    if (this.floors.has(key)) this.floors.set(key, rank);
  }

  clear(): void {
    this.slots.clear();
    // Last: each entry that goes leaves its version there.
    this.floors.clear();
  }

  /** The most recently read keys that were read more than once, the last one first. */
  hottest(limit: number): CacheKey[] {
    const keys: CacheKey[] = [];
    for (const [key, slot] of this.slots.entries()) {
      if (slot.hits > 1) keys.push(key);
      if (keys.length === limit) break;
    }
    return keys;
  }
}

/** A fill under way. It is superseded if its key changes before it arrives: its state may be outdated. */
export interface FillToken {
  readonly key: CacheKey;
  /** The latest version that this process had seen when the fill was announced; 0 for none. The fill cannot be older. */
  readonly knownVersion: number;
  /** The entry of L1 then, trusted or not. */
  readonly kept: CacheEntry | null;
  readonly askedAtMs: number;
  readonly epoch: number;
  /** The client's read that it is for; null if no client asks. */
  visit: Visit | null;
  cancelled: boolean;
  /** Another fill of the key that is under way; the fence's own. */
  next: FillToken | null;
}

/** Tracks the fills of L1 that are under way, so that an invalidation can supersede those of its key. */
export class FillFence {
  /** The latest fill of each key, which leads to the others. */
  private readonly tokens = new ChurnMap<CacheKey, FillToken>();

  get size(): number {
    return this.tokens.size;
  }

  /** Must be called before the value is asked for: only then does every later change find the token. */
  begin(token: FillToken): FillToken {
    token.next = this.tokens.get(token.key) ?? null;
    this.tokens.set(token.key, token);
    return token;
  }

  end(token: FillToken): void {
    const latest = this.tokens.get(token.key);
    if (latest === token) {
      if (token.next === null) this.tokens.delete(token.key);
      else this.tokens.set(token.key, token.next);
      return;
    }
    for (let at = latest ?? null; at !== null; at = at.next) if (at.next === token) at.next = token.next;
  }

  /** @param except a fill that supersedes the others */
  cancel(key: CacheKey, except?: FillToken): void {
    for (let at = this.tokens.get(key) ?? null; at !== null; at = at.next)
      if (at !== except) at.cancelled = true;
  }

  cancelAll(): void {
    for (const latest of this.tokens.values())
      for (let at: FillToken | null = latest; at !== null; at = at.next) at.cancelled = true;
  }
}

/** A map is rebuilt after so many insertions, or twice its size, whichever is more. */
const LEAST_INSERTIONS = 256;

/**
 * A map for entries that live for milliseconds, thousands per second.
 *
 * V8's own map leaves its old table behind whenever it makes a new one, linked to the new one and still holding what was in it
 * then. Once one of these tables has grown old, each that follows is reached from it and grows old as well, with all that it
 * holds: what lives for a millisecond is copied twice and lies there until the whole heap is collected. So the map is
 * rebuilt from its current entries before any of its tables gets old.
 */
export class ChurnMap<K, V> {
  private entries = new Map<K, V>();
  private insertionsLeft = LEAST_INSERTIONS;

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  set(key: K, value: V): void {
    if (this.insertionsLeft === 0) this.renew();
    this.insertionsLeft -= 1;
    this.entries.set(key, value);
  }

  delete(key: K): void {
    this.entries.delete(key);
  }

  values(): Iterable<V> {
    return this.entries.values();
  }

  private renew(): void {
    this.entries = new Map(this.entries);
    this.insertionsLeft = Math.max(LEAST_INSERTIONS, 2 * this.entries.size);
  }
}
