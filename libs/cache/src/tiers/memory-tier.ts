import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import { mayRefreshEarly } from '../entry/early-refresh.js';
import { type CacheEntry, type CacheKey, phaseOf } from '../entry/entry.js';
import { rankOf } from '../entry/rank-of.js';
import { MemoryTrust, type ValueSource } from '../trust/memory-trust.js';
import { FillFence, type FillToken } from './fill-fence.js';
import { costBytes, type HotSlot, isPresent, type MemorySlot } from './memory-slot.js';
import { VersionFloor } from './version-floor.js';

/** May be answered from, and is told as stale unless it is `verified`. */
export interface TrustedLookup {
  readonly kind: 'trusted';
  readonly entry: CacheEntry;
  readonly verified: boolean;
}

/**
 * What memory has of a key. A `kept` entry has to be compared with Redis first, but is better than an error when nobody
 * else can be asked.
 */
export type MemoryLookup =
  | TrustedLookup
  | { readonly kind: 'kept'; readonly entry: CacheEntry }
  | { readonly kind: 'none' };

const NONE: MemoryLookup = { kind: 'none' };

/** L1: this process's memory, bounded in bytes. What it keeps never outlives the entry's own times. */
@Injectable()
export class MemoryTier {
  private readonly slots: LRUCache<CacheKey, MemorySlot>;
  private readonly floors = new VersionFloor();
  private readonly fence = new FillFence();

  constructor(
    config: CacheConfig,
    private readonly clock: Clock,
    private readonly trust: MemoryTrust,
  ) {
    this.slots = new LRUCache<CacheKey, MemorySlot>({
      maxSize: config.l1MaxBytes,
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
    const { entry } = slot;
    if (slot.suspect || !this.trust.trusts(slot, nowMs)) return { kind: 'kept', entry };
    return { kind: 'trusted', entry, verified: this.isVerified(slot, nowMs) };
  }

  /**
   * The slot of a thing that can be answered without a thought: it is there, trusted, and so far from the end of its
   * fresh time that no reader has to draw for a refresh. Its read counts; another one does not.
   */
  hot(key: CacheKey, nowMs: number): HotSlot | undefined {
    const slot = this.slots.get(key);
    if (slot === undefined || slot.suspect || !isPresent(slot)) return undefined;
    if (mayRefreshEarly(slot.entry, nowMs) || !this.trust.trusts(slot, nowMs)) return undefined;
    slot.hits += 1;
    return slot;
  }

  /** Whether a trusted slot is known to be right, but for the last moment. */
  isVerified(slot: MemorySlot, nowMs: number): boolean {
    return this.trust.isVerified(slot, nowMs);
  }

  /**
   * Runs work that may end in a fill. The fill is announced before the work asks anyone for the value: only then
   * does every later change of the key find it.
   */
  async filling<T>(key: CacheKey, work: (token: FillToken) => Promise<T>): Promise<T> {
    const token = this.beginFill(key);
    try {
      return await work(token);
    } finally {
      this.endFill(token);
    }
  }

  /** For whoever announces many at once; everyone else lets `filling` see to it that each is ended. */
  beginFill(key: CacheKey): FillToken {
    const slot = this.slots.peek(key);
    return this.fence.begin({
      key,
      kept: slot?.entry ?? null,
      knownVersion: Math.floor(this.floorWith(key, slot)),
      askedAtMs: this.clock.nowMs(),
      epoch: this.trust.epochFor(key),
    });
  }

  endFill(token: FillToken): void {
    this.fence.end(token);
  }

  /** Whether what a fill under way will bring may be given to who asks now. */
  mayShare({ cancelled, epoch, askedAtMs }: FillToken): boolean {
    return !cancelled && this.trust.trusts({ epoch, asOfMs: askedAtMs }, this.clock.nowMs());
  }

  /**
   * Takes an entry in, unless its key changed while it was on its way, or a newer version was seen already.
   *
   * @param source who gave it: it is as right as they were
   * @returns whether it was taken
   */
  fill(entry: CacheEntry, token: FillToken, source: ValueSource): boolean {
    const { key, askedAtMs, epoch } = token;
    const before = this.slots.peek(key);
    const floor = this.floorWith(key, before);
    const rank = rankOf(entry);
    if (token.cancelled || rank < floor) return false;
    // What else is on its way began before this was known, and may be older.
    if (rank > floor) this.fence.cancel(key, token);
    // Whole, and so no object of its own.
    const asOfMs = Math.floor(this.trust.asOfMs(askedAtMs, source));
    const hits = before?.hits ?? 0;
    this.slots.set(key, { entry, asOfMs, epoch, suspect: false, hits, head: null });
    // There may be no room for it. What it was is remembered all the same.
    if (!this.slots.has(key)) this.floors.raise(key, rank);
    return true;
  }

  /**
   * Something happened to the key, and not what: the entry may be what it is now, or of the past. Nothing that is on
   * its way is let in.
   *
   * @returns whether there is an entry to compare
   */
  suspect(key: CacheKey): boolean {
    this.fence.cancel(key);
    const slot = this.slots.peek(key);
    if (slot === undefined) return false;
    slot.suspect = true;
    return true;
  }

  /** @param listener told when what is on its way for a key, or for all (null), is cancelled, before anyone can ask for it again */
  onOvertaken(listener: (key: CacheKey | null) => void): void {
    this.fence.onCancelled(listener);
  }

  /** The same of every key. */
  suspectAll(): void {
    this.fence.cancelAll();
    this.trust.beginEpoch();
  }

  /**
   * A reader gets this entry. Nobody who asks from now on gets an older one, also where memory could not take it in:
   * neither what is kept, nor what is on its way and began before.
   */
  answered(entry: CacheEntry): void {
    const rank = rankOf(entry);
    if (rank > this.floorOf(entry.key)) this.changed(entry.key, rank);
  }

  /** The key has this version now: what is older goes, and is not let in any more. */
  changed(key: CacheKey, version: number): void {
    this.fence.cancel(key);
    this.outdated(key, version);
  }

  /** Nothing older than this version is true any more; what is on its way may be of it. */
  outdated(key: CacheKey, version: number): void {
    this.floors.raise(key, version);
    const slot = this.slots.peek(key);
    if (slot !== undefined && rankOf(slot.entry) < version) this.slots.delete(key);
  }

  /** The rank of the latest that this process has seen of a key; 0 for none. */
  floorOf(key: CacheKey): number {
    return this.floorWith(key, this.slots.peek(key));
  }

  /** The version that a read would be answered with now; null where memory would not answer. */
  trustedVersion(key: CacheKey): number | null {
    const slot = this.slots.peek(key);
    if (slot === undefined || slot.suspect || !this.trust.trusts(slot, this.clock.nowMs())) return null;
    return slot.entry.version;
  }

  /** What is kept of a key, trusted or not, within its grace. */
  kept(key: CacheKey): CacheEntry | null {
    const entry = this.slots.peek(key)?.entry;
    return entry === undefined || phaseOf(entry, this.clock.nowMs()) === 'expired' ? null : entry;
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

  private floorWith(key: CacheKey, slot: MemorySlot | undefined): number {
    return Math.max(this.floors.of(key), slot === undefined ? 0 : rankOf(slot.entry));
  }
}
