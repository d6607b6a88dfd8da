import { decodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { PEEK_REPLY } from '../scripts/peek-script.js';

/**
 * What the shared tier has of a key: an entry, the very version at hand, only the knowledge that it changed, or
 * nothing that anything could be concluded from.
 */
export type SharedPeek =
  | { readonly kind: 'entry'; readonly entry: CacheEntry }
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'unknown' };

/** The reply of the peek script; a Buffer where Lua sent a string. */
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
