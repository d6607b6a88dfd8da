import type { CacheEntry, CacheKey } from '../entry/entry.js';
import type { Visit } from './doorkeeper.js';

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

  clear(): void {
    this.entries = new Map();
  }

  values(): Iterable<V> {
    return this.entries.values();
  }

  private renew(): void {
    this.entries = new Map(this.entries);
    this.insertionsLeft = Math.max(LEAST_INSERTIONS, 2 * this.entries.size);
  }
}
