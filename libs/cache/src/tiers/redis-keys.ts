import { randomBytes } from 'node:crypto';
import type { CacheKey } from '../entry/entry.js';

/*
 * Where in Redis what belongs to a cache key lies; the namespace is put in front on the way out.
 *
 * In a Redis Cluster the part in braces decides the slot, so all keys of a cache key share one whatever the id is: an id that
 * holds braces of its own would otherwise put them on different masters, and no script could touch them together.
 */

/** What these keys have before that of their entry. */
export const LEASE_PREFIX = 'lease:';
export const CLAIM_PREFIX = 'claim:';
export const ANNOUNCEMENT_PREFIX = 'change:';

const ANNOUNCEMENT = `${ANNOUNCEMENT_PREFIX}{`;

/** The entry's own key. It is not tracked: a fill is announced to no process. */
export function entryKeyOf(key: string): string {
  return `{${key}}`;
}

/** The key of the lease to load it. */
export function leaseKeyOf(key: CacheKey): string {
  return LEASE_PREFIX + entryKeyOf(key);
}

/** The key of the version that a write is about to commit. */
export function claimKeyOf(key: CacheKey): string {
  return CLAIM_PREFIX + entryKeyOf(key);
}

/** The key that a change touches, so that Redis announces it. It is tracked, and holds nothing. */
export function announcementKeyOf(key: string): string {
  return `${ANNOUNCEMENT}${key}}`;
}

/** What announcements begin with, for cache keys that begin with `beginning`. */
export function announcedPrefixOf(beginning: string): string {
  return ANNOUNCEMENT + beginning;
}

/** The cache key whose change a key of Redis announces. */
export function announcedKeyOf(redisKey: string): string {
  return redisKey.slice(ANNOUNCEMENT.length, -1);
}

/** The right to load a key, given to one in the whole fleet for a time. */
export interface Lease {
  readonly key: CacheKey;
  readonly token: string;
  /** What is loaded under it is of this version or a later one: this one was known when the lease was given. */
  readonly floorVersion: number;
}

const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let counter = 0;

/** A token that no other attempt, here or in another process, has had. */
export function newToken(): string {
  counter += 1;
  return `${PROCESS_PREFIX}-${counter.toString(36)}`;
}

export function newLease(key: CacheKey): Lease {
  return { key, token: newToken(), floorVersion: 0 };
}
