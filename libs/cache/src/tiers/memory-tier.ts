import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import { type CacheEntry, type CacheKey, phaseOf } from '../entry/entry.js';
import { FillFence, type FillToken } from './fill-fence.js';
import { costBytes, type MemorySlot } from './memory-slot.js';

/**
 * What memory has of a key. A `trusted` entry may be answered from; a `kept` one is too old to be trusted while
 * no invalidations arrive, but better than an error when nobody else can be asked.
 */
export type MemoryLookup =
  | { readonly kind: 'trusted'; readonly entry: CacheEntry }
  | { readonly kind: 'kept'; readonly entry: CacheEntry }
  | { readonly kind: 'none' };

const NONE: MemoryLookup = { kind: 'none' };

/** L1: this process's memory, bounded in bytes. What it keeps never outlives the entry's own times. */
@Injectable()
export class MemoryTier {
  private readonly slots: LRUCache<CacheKey, MemorySlot>;
  private readonly fence = new FillFence();

  constructor(
    private readonly config: CacheConfig,
    private readonly clock: Clock,
  ) {
    this.slots = new LRUCache<CacheKey, MemorySlot>({
      maxSize: config.l1MaxBytes,
      // One huge entry must not push out everything else.
      maxEntrySize: Math.ceil(config.l1MaxBytes / 8),
      sizeCalculation: costBytes,
    });
  }

  get bytes(): number {
    return this.slots.calculatedSize;
  }

  get count(): number {
    return this.slots.size;
  }

  get fillsUnderWay(): number {
    return this.fence.size;
  }

  get(key: CacheKey): MemoryLookup {
    const slot = this.slots.get(key);
    if (slot === undefined) return NONE;
    const nowMs = this.clock.nowMs();
    if (phaseOf(slot.entry, nowMs) === 'expired') {
      this.slots.delete(key);
      return NONE;
    }
    slot.hits += 1;
    return { kind: this.isTrusted(slot, nowMs) ? 'trusted' : 'kept', entry: slot.entry };
  }

  /**
   * Runs work that may end in a fill. The fill is announced before the work asks anyone for the value: only then
   * does every later change of the key find it.
   */
  async filling<T>(key: CacheKey, work: (token: FillToken) => Promise<T>): Promise<T> {
    const token = this.fence.begin(key, this.slots.peek(key)?.entry.version ?? 0);
    try {
      return await work(token);
    } finally {
      this.fence.end(token);
    }
  }

  /**
   * Takes an entry in, unless its key changed while it was on its way, or a newer version is there already.
   *
   * @returns whether it was taken
   */
  fill(entry: CacheEntry, token: FillToken): boolean {
    return !token.cancelled && this.store(entry, (there) => there.version <= entry.version);
  }

  /**
   * Takes a change in, if it is newer than what is there. Whatever is on its way is of the past now.
   *
   * @returns whether it was taken
   */
  put(entry: CacheEntry): boolean {
    this.fence.cancel(entry.key);
    return this.store(entry, (there) => there.version < entry.version);
  }

  /** The key changed: what is kept of it goes, and what is on its way will not be let in. */
  invalidate(key: CacheKey): void {
    this.fence.cancel(key);
    this.slots.delete(key);
  }

  /** The most recently read keys that were read more than once, the last one first. */
  hotKeys(limit: number): CacheKey[] {
    const keys: CacheKey[] = [];
    for (const [key, slot] of this.slots.entries()) {
      if (slot.hits > 1) keys.push(key);
      if (keys.length === limit) break;
    }
    return keys;
  }

  private store(entry: CacheEntry, mayReplace: (there: CacheEntry) => boolean): boolean {
    const there = this.slots.peek(entry.key);
    if (there !== undefined && !mayReplace(there.entry)) return false;
    this.slots.set(entry.key, { entry, filledAtMs: this.clock.nowMs(), hits: there?.hits ?? 0 });
    return true;
  }

  private isTrusted(slot: MemorySlot, nowMs: number): boolean {
    return nowMs - slot.filledAtMs < this.config.l1UnsyncedTtlMs;
  }
}
