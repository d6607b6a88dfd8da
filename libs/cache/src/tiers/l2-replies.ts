import { decodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { PEEK_REPLY, READ_REPLY } from '../scripts/read-scripts.js';
import type { Lease } from './redis-keys.js';

/** An entry; `lease` comes with one that is stale and ours to refresh. */
export interface L2Hit {
  readonly kind: 'hit';
  readonly entry: CacheEntry;
  readonly lease: Lease | null;
}

/** The reply of L2 for a key: an entry, a lease to load it, another process's lease, or no answer. */
export type L2Reply =
  | L2Hit
  | { readonly kind: 'leased'; readonly lease: Lease; readonly garbage: boolean }
  | { readonly kind: 'held' }
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

const UNAVAILABLE: L2Reply = { kind: 'unavailable' };

export function toL2Reply(
  [kind, first, second = 0, third = 0]: ReadReply,
  { key, lease, kept, nowMs }: Question,
): L2Reply {
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
      return { kind: 'held' };
  }
}

/**
 * The content of L2 for a key: an entry, the very version at hand, only the knowledge that it changed, or
 * nothing that anything could be concluded from.
 */
export type L2Peek =
  | { readonly kind: 'entry'; readonly entry: CacheEntry }
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'unknown' };

/** The reply of the peek script; a Buffer if Lua sent a string. */
export type PeekReply = readonly [kind?: number, first?: Buffer, leftMs?: number];

const UNKNOWN: L2Peek = { kind: 'unknown' };

export function toL2Peek(reply: PeekReply, key: CacheKey, nowMs: number): L2Peek {
  const [kind, first, leftMs = 0] = reply;
  if (kind === PEEK_REPLY.same) return { kind: 'same' };
  if (first === undefined) return UNKNOWN;
  if (kind === PEEK_REPLY.changed) return { kind: 'changed', version: Number(String(first)) };
  const entry = decodeEntry(key, first, leftMs, nowMs);
  return entry === null ? UNKNOWN : { kind: 'entry', entry };
}
