import { LRUCache } from 'lru-cache';
import type { CacheConfig } from '#libs/config';
import { type CacheEntry, type CacheKey, type PresentEntry, rankOf } from '../entry/entry.js';
import { CacheEvents } from '../events.js';

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
 * what the collector lets lie before it looks again (libs/internals/src/node.ts).
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

/** The options of every call. Without them, the cache makes an object for each. */
const DEFAULTS = {};

/** A version and its key are small; what is dropped here did not change, nor leave L1, here for long. */
const MAX_KEYS = 10_000;

/**
 * Remembers how far this process has seen a key come, by rank, after the entry itself is gone, so that an eviction does not
 * let an older state be read after a newer one (monotonic reads).
 */
class VersionFloor {
  private readonly ranks = new LRUCache<CacheKey, number>({ max: MAX_KEYS });

  /** Asked at every read: it is what was raised last that stays longest, and not what was asked for. */
  of(key: CacheKey): number {
    return this.ranks.peek(key, DEFAULTS) ?? 0;
  }

  /** The origin itself says that the key has come no further. */
  lower(key: CacheKey, rank: number): void {
    if (this.ranks.has(key)) this.ranks.set(key, rank);
  }

  raise(key: CacheKey, rank: number): void {
    this.ranks.set(key, Math.max(rank, this.of(key)), DEFAULTS);
  }

  clear(): void {
    this.ranks.clear();
  }
}

/** The slots of L1, bounded in bytes, and how far each key was seen to come. */
export class L1Slots {
  private readonly slots: LRUCache<CacheKey, L1Slot>;
  private readonly floors = new VersionFloor();

  constructor(config: CacheConfig) {
    this.slots = new LRUCache<CacheKey, L1Slot>({
      maxSize: entriesShareBytes(config),
      // One huge entry must not push out everything else.
      maxEntrySize: Math.ceil(config.l1MaxBytes / 8),
      sizeCalculation: costBytes,
      dispose: ({ entry }, key, reason) => {
        if (reason !== 'set') this.floors.raise(key, rankOf(entry));
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
    if (!this.slots.has(key, DEFAULTS)) this.floors.raise(key, rankOf(slot.entry));
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
      /* guard(versions-outlive-entries): = 0 */ this.floors.of(key),
      slot === undefined ? 0 : rankOf(slot.entry),
    );
  }

  raiseFloor(key: CacheKey, rank: number): void {
    this.floors.raise(key, rank);
  }

  lowerFloor(key: CacheKey, rank: number): void {
    this.floors.lower(key, rank);
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

const GAUGE_EVERY_MS = 1_000;

/** Emits once a second how full L1 is. To emit it at each fill would cost more than it is worth. */
export class L1Gauge {
  private timer: NodeJS.Timeout | undefined;
  private others: () => number = () => 0;

  constructor(
    private readonly l1: { readonly bytes: number; readonly count: number },
    private readonly events: CacheEvents,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.emit(), GAUGE_EVERY_MS).unref();
  }

  /** @param bytes what shares L1's bytes with its entries, such as their compressed bodies */
  include(bytes: () => number): void {
    this.others = bytes;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private emit(): void {
    this.events.emit('size', { bytes: this.l1.bytes + this.others(), entries: this.l1.count });
  }
}
