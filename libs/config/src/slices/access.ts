import { z } from 'zod';
import { onOff, wholeNumber } from '../values.js';
import { slice, variable } from '../variables.js';
import { NODE_ENV } from './server.js';

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
function apiKeys() {
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

const accessVariables = {
  API_KEYS: variable({
    schema: apiKeys(),
    rule: 'entries `<id>:<sha256 of the key in hex>[:<expiry, an ISO date or date-time with its offset>]` separated by commas, no id and no hash twice, or empty',
    fallback: '',
    about: 'Keys that may write. `npm run key` creates an entry. Empty: writes are disabled.',
    secret: true,
  }),
  RATE_LIMIT_WRITES: variable({
    schema: wholeNumber(0, 1_000_000_000),
    rule: 'a whole number from 0 to 1000000000',
    fallback: '30000',
    about: 'Maximum writes per minute with one key, per process. 0 = unlimited.',
  }),
};

/** The writers, and their limits. */
export abstract class AccessConfig {
  abstract readonly apiKeys: readonly ApiKey[];
  /** A key and minute; 0 for no limit. */
  abstract readonly writesPerMinute: number;
}

export const accessSlice = slice(AccessConfig, accessVariables, (values) => ({
  apiKeys: values.API_KEYS,
  writesPerMinute: values.RATE_LIMIT_WRITES,
}));

const writeVariables = {
  WRITE_REQUIRE_IF_MATCH: variable({
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
    rule: 'one of true, false',
    fallback: 'false',
    about: 'Whether `PUT`, `PATCH` and `DELETE` without `If-Match` are refused (428).',
  }),
};

/** Requirements for writes to the catalogue. */
export abstract class WriteConfig {
  abstract readonly requireIfMatch: boolean;
}

export const writeSlice = slice(WriteConfig, writeVariables, (values) => ({
  requireIfMatch: values.WRITE_REQUIRE_IF_MATCH,
}));

const consoleVariables = {
  NODE_ENV,
  CONSOLE_ENABLED: variable({
    schema: onOff().or(z.literal('').transform(() => null)),
    rule: 'on, off, or empty',
    fallback: '',
    about: 'Whether the live page at `/console` is served. Empty: on in development, off elsewhere.',
  }),
  CONSOLE_KEYS: variable({
    schema: apiKeys(),
    rule: 'entries as in API_KEYS, or empty',
    fallback: '',
    about:
      'Keys that may see the console. `npm run key` creates an entry. Required if the console is on in production; empty in development: no key is asked for.',
    secret: true,
  }),
  CONSOLE_REDIS_PID: variable({
    schema: wholeNumber(2, 4_194_304).or(z.literal('').transform(() => null)),
    rule: 'a process id, or empty',
    fallback: '',
    about:
      'Process id of the Redis that the console may pause, in development only. `npm start` sets it to the Redis that it has started.',
  }),
};

/** The live page at `/console`. */
export abstract class ConsoleConfig {
  abstract readonly enabled: boolean;
  /** Who may see it; without any it is open. */
  abstract readonly keys: readonly ApiKey[];
  /** Whether it has buttons that change something. */
  abstract readonly actions: boolean;
  /** The Redis that it may pause; null for none. */
  abstract readonly redisPid: number | null;
}

export const consoleSlice = slice(ConsoleConfig, consoleVariables, (values) => {
  const isDevelopment = values.NODE_ENV === 'development';
  return {
    enabled: values.CONSOLE_ENABLED ?? isDevelopment,
    keys: values.CONSOLE_KEYS,
    actions: isDevelopment,
    redisPid: isDevelopment ? values.CONSOLE_REDIS_PID : null,
  };
});
