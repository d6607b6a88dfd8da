import { createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;

/** What a secret scanner finds a key by that was left where it does not belong. */
const PREFIX = 'hs_';

export interface NewKey {
  /** What a client sends. Kept nowhere. */
  readonly key: string;
  /** What `API_KEYS` gets: who has this can not write. */
  readonly entry: string;
}

/**
 * A random key of 256 bits, and its entry. A plain hash does, without salt or stretching: nobody can go through so many
 * keys.
 *
 * @param id names the key in logs and rate limits
 * @param expiresAt default: never
 */
export function makeKey(id: string, expiresAt?: Date): NewKey {
  const key = `${PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const hash = createHash('sha256').update(key).digest('hex');
  const expiry = expiresAt === undefined ? [] : [expiresAt.toISOString().replace(/\.\d+Z$/, 'Z')];
  return { key, entry: [id, hash, ...expiry].join(':') };
}
