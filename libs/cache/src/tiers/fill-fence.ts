import { ChurnMap } from '../churn-map.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';

/** A fill under way. It is cancelled when its key changes before it arrives: what it brings may be of the past. */
export interface FillToken {
  readonly key: CacheKey;
  /** The latest version that this process had seen when the fill was announced; 0 for none. What comes can not be older. */
  readonly knownVersion: number;
  /** What memory had then, trusted or not. */
  readonly kept: CacheEntry | null;
  readonly askedAtMs: number;
  readonly epoch: number;
  cancelled: boolean;
}

/** Knows every fill of memory that is under way, so that an invalidation can reach those of its key. */
export class FillFence {
  private readonly tokens = new ChurnMap<CacheKey, FillToken[]>();
  private readonly listeners: ((key: CacheKey | null) => void)[] = [];

  get size(): number {
    return this.tokens.size;
  }

  /** Must be called before the value is asked for: only then does every later change find the token. */
  begin(fields: Omit<FillToken, 'cancelled'>): FillToken {
    const token = { ...fields, cancelled: false };
    const ofKey = this.tokens.get(token.key);
    if (ofKey === undefined) this.tokens.set(token.key, [token]);
    else ofKey.push(token);
    return token;
  }

  end(token: FillToken): void {
    const ofKey = this.tokens.get(token.key) ?? [];
    const at = ofKey.indexOf(token);
    if (at >= 0) ofKey.splice(at, 1);
    if (ofKey.length === 0) this.tokens.delete(token.key);
  }

  /** @param except a fill that brought what overtakes the others */
  cancel(key: CacheKey, except?: FillToken): void {
    for (const token of this.tokens.get(key) ?? []) if (token !== except) token.cancelled = true;
    for (const listener of this.listeners) listener(key);
  }

  cancelAll(): void {
    for (const tokens of this.tokens.values()) for (const token of tokens) token.cancelled = true;
    for (const listener of this.listeners) listener(null);
  }

  /** @param listener told of every cancellation, before anyone can ask for the key again; null for all keys */
  onCancelled(listener: (key: CacheKey | null) => void): void {
    this.listeners.push(listener);
  }
}
