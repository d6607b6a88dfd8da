import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import { decodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey, PresentEntry } from '../entry/entry.js';
import { BATCH_GET_SCRIPT, PEEK_REPLY, READ_REPLY } from '../scripts/read-scripts.js';
import { SharedScripts } from '../scripts/shared-scripts.js';
import { SharedTrust } from '../trust/shared-trust.js';
import type { Lease } from './lease.js';
import { entryKeyOf } from './redis-keys.js';

/** An entry; `lease` comes with one that is stale and ours to refresh. */
export interface SharedHit {
  readonly kind: 'hit';
  readonly entry: CacheEntry;
  readonly lease: Lease | null;
}

/** The reply of L2 for a key: an entry, a lease to load it, another process's lease, or no answer. */
export type SharedRead =
  | SharedHit
  | { readonly kind: 'leased'; readonly lease: Lease; readonly garbage: boolean }
  | { readonly kind: 'held'; readonly leftMs: number }
  | { readonly kind: 'unavailable' };

/** The reply of the read script; a Buffer if Lua sent a string. */
export type ReadReply = readonly [kind: number, first?: Buffer | number, second?: number, third?: number];

/** What was asked. */
interface Question {
  readonly key: CacheKey;
  readonly lease: Lease;
  readonly kept: CacheEntry | null;
  readonly nowMs: number;
}

const UNAVAILABLE: SharedRead = { kind: 'unavailable' };

export function toSharedRead(
  [kind, first, second = 0, third = 0]: ReadReply,
  { key, lease, kept, nowMs }: Question,
): SharedRead {
  switch (kind) {
    case READ_REPLY.same:
      return kept === null ? UNAVAILABLE : { kind: 'hit', entry: kept, lease: null };
    case READ_REPLY.hit: {
      const entry = decodeEntry(key, first as Buffer, second, nowMs);
      // Never null as long as the script and the codec agree on the format.
      if (entry === null) return UNAVAILABLE;
      return { kind: 'hit', entry, lease: third === 1 ? { ...lease, floorVersion: entry.version } : null };
    }
    case READ_REPLY.leased: {
      const floorVersion = Number(String(first));
      return { kind: 'leased', lease: { ...lease, floorVersion }, garbage: second === 1 };
    }
    default:
      return { kind: 'held', leftMs: Number(first) };
  }
}

/**
 * The content of L2 for a key: an entry, the very version at hand, only the knowledge that it changed, or
 * nothing that anything could be concluded from.
 */
export type SharedPeek =
  | { readonly kind: 'entry'; readonly entry: CacheEntry }
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'unknown' };

/** The reply of the peek script; a Buffer if Lua sent a string. */
export type PeekReply = readonly [kind: number, first?: Buffer, leftMs?: number];

const UNKNOWN: SharedPeek = { kind: 'unknown' };

export function toSharedPeek(reply: PeekReply | null, key: CacheKey, nowMs: number): SharedPeek {
  if (reply === null) return UNKNOWN;
  const [kind, first, leftMs = 0] = reply;
  if (kind === PEEK_REPLY.same) return { kind: 'same' };
  if (first === undefined) return UNKNOWN;
  if (kind === PEEK_REPLY.changed) return { kind: 'changed', version: Number(String(first)) };
  const entry = decodeEntry(key, first, leftMs, nowMs);
  return entry === null ? UNKNOWN : { kind: 'entry', entry };
}

/** For each key in turn, its bytes and the milliseconds left of its life; null if the whole read has to be made. */
type BatchGetReply = readonly (Buffer | number | null)[];

/** The result for each requested key. */
export type Seen = readonly (PresentEntry | null)[];

/** Reads many keys from Redis in one command, without leases. */
export class L2BatchGet {
  private readonly scripts: SharedScripts;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly trust: SharedTrust,
  ) {
    this.scripts = new SharedScripts(redis, trust, [BATCH_GET_SCRIPT]);
  }

  /** Whether there is a trusted Redis, and no cluster: there the keys of one command lie on many nodes. */
  get isPossible(): boolean {
    return this.trust.isTrusted && this.redis.state === 'connected' && !this.redis.isCluster;
  }

  /** @returns no entry for any key if Redis did not answer, or became untrusted meanwhile */
  async of(keys: readonly CacheKey[]): Promise<Seen> {
    const reply = await this.scripts.run<BatchGetReply>(BATCH_GET_SCRIPT, keys.map(entryKeyOf), []);
    if (reply.kind !== 'answered' || !this.trust.isTrusted) return [];
    const nowMs = this.clock.nowMs();
    return keys.map((key, at) => {
      const bytes = reply.value[2 * at];
      if (!(bytes instanceof Buffer)) return null;
      const entry = decodeEntry(key, bytes, Number(reply.value[2 * at + 1]), nowMs);
      return entry?.state === 'present' ? entry : null;
    });
  }
}
