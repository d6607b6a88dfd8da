import { decodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { READ_REPLY } from '../scripts/read-script.js';
import type { Lease } from './lease.js';

/** An entry; `lease` comes with one that is stale and ours to refresh. */
export interface SharedHit {
  readonly kind: 'hit';
  readonly entry: CacheEntry;
  readonly lease: Lease | null;
}

/** What the shared tier says of a key: an entry, a lease to load it, another one's lease, or nothing at all. */
export type SharedRead =
  | SharedHit
  | { readonly kind: 'leased'; readonly lease: Lease; readonly garbage: boolean }
  | { readonly kind: 'held'; readonly leftMs: number }
  | { readonly kind: 'unavailable' };

/** The reply of the read script; a Buffer where Lua sent a string. */
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
      // Never null as long as the script and the codec agree on what an entry is.
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
