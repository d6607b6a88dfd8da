// npm run key
import { createHash, randomBytes } from 'node:crypto';
import { commandLine, USAGE_ERROR } from './command-line.ts';
import { complain, say } from './terminal.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_DAYS = 3_650;
const DAY_MS = 86_400_000;

const KEY = {
  options: { id: { type: 'string' }, days: { type: 'string' } },
  usage: `npm run key -- --id NAME [--days N]

Makes a key that may write, shows it once, and the entry for API_KEYS that lets it in. The entry holds the key's hash; the
key itself is not stored.

  --id NAME   names the key in logs and rate limits: 1 to 64 letters, digits, dots, underscores or hyphens
  --days N    how long it is valid: 1 to ${MAX_DAYS} days; without it, until its entry is removed
  --help      this text`,
} as const;

/**
 * A random key of 256 bits, and its entry. A plain hash does, without salt or stretching: so many keys cannot be tried.
 *
 * @param id names the key in logs and rate limits
 * @param expiresAt default: never
 * @returns the key for a client, which is not stored, and its entry for `API_KEYS`, which does not let its reader write
 */
export function makeKey(id: string, expiresAt?: Date): { readonly key: string; readonly entry: string } {
  // Secret scanners find a leaked key by this prefix.
  const key = `hs_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(key).digest('hex');
  const expiry = expiresAt === undefined ? [] : [expiresAt.toISOString().replace(/\.\d+Z$/, 'Z')];
  return { key, entry: [id, hash, ...expiry].join(':') };
}

/** @returns the id and the days, or an error */
export function checkKeyFlags({ id, days: text }: { id?: string; days?: string }) {
  if (id === undefined || !ID.test(id)) {
    const found = id === undefined ? 'it is not given' : `it is ${JSON.stringify(id)}`;
    return `--id must be 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first; ${found}.`;
  }
  if (text === undefined) return { id };
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MAX_DAYS) return { id, days };
  return `--days must be a whole number from 1 to ${MAX_DAYS}; it is ${JSON.stringify(text)}.`;
}

if (import.meta.main) {
  const flags = checkKeyFlags(commandLine(KEY).values);
  if (typeof flags === 'string') {
    complain(flags);
    process.exit(USAGE_ERROR);
  }
  const { id, days } = flags;
  const { key, entry } = makeKey(id, days === undefined ? undefined : new Date(Date.now() + days * DAY_MS));
  say(`The key, shown this once:

  ${key}

Its entry for API_KEYS, after a comma if there are others:

  ${entry}`);
}
