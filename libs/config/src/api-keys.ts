import { z } from 'zod';

/** A key that may write, as it is configured: by its hash, so that the environment gives no key away. */
export interface ApiKey {
  /** Names the key in logs and rate limits. */
  readonly id: string;
  /** SHA-256 of the key, 32 bytes. */
  readonly sha256: Buffer;
  /** Unix milliseconds from when on it is refused; null for never. */
  readonly expiresAtMs: number | null;
}

/** `<id>:<sha256 in hex>[:<expiry>]`; an expiry may have colons itself. */
const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):([0-9A-Fa-f]{64})(?::(.+))?$/;

const EXPIRY = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/**
 * Entries with commas between, or none. Two keys may share neither id nor hash: a line of the log would not say
 * whose write it was.
 */
export function apiKeys() {
  return z.string().transform((text, context): readonly ApiKey[] => {
    const entries = text.trim() === '' ? [] : text.split(',').map((entry) => apiKeyOf(entry.trim()));
    const keys = entries.filter((key) => key !== null);
    if (keys.length === entries.length && areDistinct(keys)) return keys;
    context.issues.push({ code: 'custom', message: 'not such entries', input: text });
    return z.NEVER;
  });
}

function apiKeyOf(entry: string): ApiKey | null {
  const [, id, hash, expiry] = ENTRY.exec(entry) ?? [];
  if (id === undefined || hash === undefined) return null;
  if (expiry !== undefined && !EXPIRY.safeParse(expiry).success) return null;
  // A date alone is its first moment in UTC (ECMA-262, Date Time String Format).
  const expiresAtMs = expiry === undefined ? null : Date.parse(expiry);
  return Number.isNaN(expiresAtMs) ? null : { id, sha256: Buffer.from(hash, 'hex'), expiresAtMs };
}

function areDistinct(keys: readonly ApiKey[]): boolean {
  const ids = new Set(keys.map(({ id }) => id));
  const hashes = new Set(keys.map(({ sha256 }) => sha256.toString('hex')));
  return ids.size === keys.length && hashes.size === keys.length;
}
