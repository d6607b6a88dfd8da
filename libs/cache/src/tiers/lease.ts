import { randomBytes } from 'node:crypto';
import type { CacheKey } from '../entry/entry.js';

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
