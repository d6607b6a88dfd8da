import { type CacheEntry, type CacheKey, Clock } from '../entry/entry.js';

/* What may enter L1: no fill that a change of its key has superseded, and nothing that was asked for once in a flood. */

/** The subject of a read. */
export interface Visit {
  /** By which it is recognised the next time: its key, without what changes by itself, such as a generation. */
  readonly name: string;
  /** It is one of any number of sets that a client can make up, or a member of one, and was not named alone. */
  readonly isPart: boolean;
}

/** A read of a thing by its own key. */
export const namedAlone = (key: string): Visit => ({ name: key, isPart: false });

/** 512 KiB. As many other names pass before one is forgotten, about. */
const SLOTS = 2 ** 17;

/** The lowest bit of a slot: what its name stands for is kept. */
const IS_LET_IN = 1;

/** So much is let in although it was asked for once, so that little traffic is cached like much. */
const ALLOWANCE = 2_000;
const ALLOWANCE_PER_SECOND = 2;

/**
 * Remembers which names were asked for in this process lately, in a table of hashes that never grows (a doorkeeper as in
 * Einziger, Friedman, Manes: "TinyLFU", 2017, §3.4.2).
 *
 * A client can make up any number of cursors, sets and ids that do not exist. In a flood of them, what is asked for once is
 * answered and not kept: otherwise it fills Redis for an hour, and pushes out of L1 what everyone reads. Names of equal hashes
 * are taken for one, which lets one of them in early.
 */
export class Doorkeeper {
  private readonly slots = new Uint32Array(SLOTS);
  private allowance = ALLOWANCE;
  private countedAtMs: number;

  constructor(private readonly clock: Clock) {
    this.countedAtMs = clock.nowMs();
  }

  /** Takes note of a read. */
  ask(name: string): void {
    const { at, mark } = placeOf(name);
    this.slots[at] = this.isMarked(at, mark) ? mark | IS_LET_IN : mark;
  }

  /**
   * Whether what a read has found is not to be kept. That is seen when it is there: readers may have joined meanwhile.
   *
   * @param visit null if no client asks: a write, a refresh or a comparison of the entry
   */
  turnsAway(visit: Visit | null, state: CacheEntry['state']): boolean {
    if (visit === null || (!visit.isPart && state === 'present')) return false;
    const { at, mark } = placeOf(visit.name);
    if (this.slots[at] === (mark | IS_LET_IN) >>> 0) return false;
    if (!this.isAllowed()) return true;
    this.slots[at] = mark | IS_LET_IN;
    return false;
  }

  private isMarked(at: number, mark: number): boolean {
    return ((this.slots[at] ?? 0) & ~IS_LET_IN) >>> 0 === mark;
  }

  private isAllowed(): boolean {
    const nowMs = this.clock.nowMs();
    const earned = ((nowMs - this.countedAtMs) / 1_000) * ALLOWANCE_PER_SECOND;
    this.allowance = Math.min(ALLOWANCE, this.allowance + earned);
    this.countedAtMs = nowMs;
    if (this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }
}

/** FNV-1a for the slot, and another multiplier for the mark; never 0, which is an empty slot. */
function placeOf(name: string): { readonly at: number; readonly mark: number } {
  let slot = 0x811c9dc5;
  let mark = 0x9e3779b9;
  for (let n = 0; n < name.length; n += 1) {
    const code = name.charCodeAt(n);
    slot = Math.imul(slot ^ code, 0x01000193);
    mark = Math.imul(mark ^ code, 0x85ebca6b) ^ (mark >>> 13);
  }
  return { at: (slot ^ (slot >>> 16)) & (SLOTS - 1), mark: ((mark | 2) & ~IS_LET_IN) >>> 0 };
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
