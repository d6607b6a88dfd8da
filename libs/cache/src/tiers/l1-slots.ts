import { LRUCache } from 'lru-cache';
import type { CacheConfig } from '#libs/config';
import { type CacheKey, rankOf } from '../entry/entry.js';
import { costBytes, entriesShareBytes, type L1Slot } from './l1-slot.js';

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
