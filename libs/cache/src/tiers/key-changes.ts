import { LRUCache } from 'lru-cache';
import { ProcessLogger } from '#libs/resilience';
import { ChurnMap } from '../churn-map.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { CacheEvents, type UnusableReason } from '../events.js';
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
  private readonly listeners: ((key: CacheKey | null) => void)[] = [];

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
    for (const listener of this.listeners) listener(key);
  }

  cancelAll(): void {
    for (const latest of this.tokens.values())
      for (let at: FillToken | null = latest; at !== null; at = at.next) at.cancelled = true;
    for (const listener of this.listeners) listener(null);
  }

  /** @param listener called for every superseded key, before the next read of it; null for all keys */
  onCancelled(listener: (key: CacheKey | null) => void): void {
    this.listeners.push(listener);
  }
}

/** A thing that changed, and the version that it has had since. */
export interface KeyChange {
  readonly key: CacheKey;
  /** NaN, or any number that no version can be, if it is not known. */
  readonly version: number;
  /**
   * The answer is made of other rows too: its versions are assigned before they are visible, in any order. Default: it is a row,
   * whose versions are in the order of its commits.
   */
  readonly isDerived?: boolean;
  /** Whether it is one change; default. Of several, `version` is the newest, and says nothing about the others. */
  readonly isOne?: boolean;
  /** It is one of very many: a key that has neither an entry nor a lease nor a claim in L2 gets no tombstone. Default: false. */
  readonly isReplayed?: boolean;
}

/** No key of the cache comes near this; a row of the outbox may hold a text of any length. */
const MOST_KEY_CHARACTERS = 1_000;
/** What a cache key looks like. Nothing is cached under any other. */
const KEY = /^[^:]+:./s;

/** A change is applied again after a failure of its neighbours; it is reported once. */
const REMEMBERED = 1_000;
const SHOWN_CHARACTERS = 100;

const WHAT_IS_DONE: Record<UnusableReason, string> = {
  key: 'nothing can be cached under this key, so the change is skipped',
  version: 'no version is such a number, so the key is invalidated whatever its version',
  refused: 'Redis refuses it, so the key is invalidated whatever its version',
};

/** Finds and reports the changes that no tier can apply. Any client with rights on the outbox can insert some. */
export class UnusableChanges {
  private readonly logger = new ProcessLogger('Changes');
  private readonly reported = new LRUCache<string, true>({ max: REMEMBERED });

  constructor(private readonly events: CacheEvents) {}

  /** @returns those to apply, and those whose key is all that is known */
  sort(changes: readonly KeyChange[]): { whole: KeyChange[]; versionless: KeyChange[] } {
    const whole: KeyChange[] = [];
    const versionless: KeyChange[] = [];
    for (const change of changes) {
      if (!isUsableKey(change.key)) this.report(change, 'key');
      else if (isVersion(change.version)) whole.push(change);
      else {
        this.report(change, 'version');
        versionless.push(change);
      }
    }
    return { whole, versionless };
  }

  report(change: KeyChange, reason: UnusableReason): void {
    const { key, version } = change;
    const shown = JSON.stringify(key.slice(0, SHOWN_CHARACTERS));
    const name = `${reason} ${version} ${shown}`;
    if (this.reported.has(name)) return;
    this.reported.set(name, true);
    this.events.emit('unusable-change', reason);
    this.logger.error(`unusable change of key ${shown}, version ${version}: ${WHAT_IS_DONE[reason]}`);
  }
}

/** Whether a version is one that tiers can compare; if not, nothing is known of its order. */
export function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 0;
}

function isUsableKey(key: string): boolean {
  return key.length <= MOST_KEY_CHARACTERS && KEY.test(key);
}
