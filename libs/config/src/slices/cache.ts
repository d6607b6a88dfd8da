import { z } from 'zod';
import { byteSize, durationMs, type RedisServer, redisServer, wholeNumber } from '../values.js';
import { slice, variable } from '../variables.js';

const DAY_MS = 86_400_000;

const cacheVariables = {
  CACHE_L1_MAX_BYTES: variable({
    schema: byteSize(65_536),
    rule: 'a size of at least 64KiB, such as 64MiB or in bytes',
    fallback: '64MiB',
    about: 'Maximum size of L1, per process.',
  }),
  CACHE_L1_UNSYNCED_TTL: variable({
    schema: durationMs(0, DAY_MS),
    rule: 'a duration from 0ms to 24h',
    fallback: '1s',
    about: 'How long an L1 entry is trusted while the tracking link is down.',
  }),
  CACHE_FRESH_TTL: variable({
    schema: durationMs(1, DAY_MS),
    rule: 'a duration from 1ms to 24h',
    fallback: '300s',
    about: 'How long an entry is fresh.',
  }),
  CACHE_FRESH_JITTER: variable({
    schema: durationMs(0, DAY_MS),
    rule: 'a duration from 0ms to 24h',
    fallback: '60s',
    about: 'Maximum random addition to the fresh time, so that entries do not expire together.',
  }),
  CACHE_ABSENT_TTL: variable({
    schema: durationMs(1, DAY_MS),
    rule: 'a duration from 1ms to 24h',
    fallback: '30s',
    about: 'How long the absence of a resource is cached.',
  }),
  CACHE_GRACE_TTL: variable({
    schema: durationMs(0, 7 * DAY_MS),
    rule: 'a duration from 0ms to 168h',
    fallback: '1h',
    about: 'How long an entry may be served, marked stale, after its fresh time.',
  }),
  CACHE_LEASE_TTL: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m, longer than DATABASE_LOAD_TIMEOUT',
    fallback: '3s',
    about: 'How long one process holds the exclusive right to load a key.',
  }),
  CACHE_FAILURE_TTL: variable({
    schema: durationMs(0, 60_000),
    rule: 'a duration from 0ms to 1m',
    fallback: '500ms',
    about:
      'Approximate time that a load error is cached, so that a failing origin is not queried by every reader.',
  }),
  CACHE_TOMBSTONE_TTL: variable({
    schema: durationMs(1_000, DAY_MS),
    rule: 'a duration from 1s to 24h',
    fallback: '15m',
    about: 'How long L2 keeps the version of a change without its new state.',
  }),
  CACHE_WARM_KEYS: variable({
    schema: wholeNumber(0, 1_000_000),
    rule: 'a whole number from 0 to 1000000',
    fallback: '0',
    about:
      'Number of the hottest keys that a starting process copies from L2 to L1 before it is ready. 0 = none.',
  }),
  HTTP_MAX_AGE: variable({
    schema: durationMs(0, DAY_MS),
    rule: 'a duration from 0ms to 24h',
    fallback: '5s',
    about:
      'How long browsers and shared caches may reuse a response. They do not see changes during that time.',
  }),
  HTTP_STALE_WHILE_REVALIDATE: variable({
    schema: durationMs(0, DAY_MS),
    rule: 'a duration from 0ms to 24h',
    fallback: '30s',
    about: 'How long after that they may serve it while they revalidate.',
  }),
  HTTP_CACHE_TAGS: variable({
    schema: z.enum(['off', 'cache-tag', 'surrogate-key']).transform((name) => (name === 'off' ? null : name)),
    rule: 'off, cache-tag or surrogate-key',
    fallback: 'off',
    about: 'The header that names the key of a cached answer and its group, for purges of a CDN.',
  }),
};

/** Bounds and times of the two tiers. */
export abstract class CacheConfig {
  abstract readonly l1MaxBytes: number;
  abstract readonly l1UnsyncedTtlMs: number;
  abstract readonly freshMs: number;
  abstract readonly freshJitterMs: number;
  abstract readonly absentMs: number;
  abstract readonly graceMs: number;
  abstract readonly leaseMs: number;
  abstract readonly failureMs: number;
  abstract readonly tombstoneMs: number;
  abstract readonly warmKeys: number;
  abstract readonly httpMaxAgeMs: number;
  abstract readonly httpStaleMs: number;
  /** Null for none. */
  abstract readonly httpTagHeader: 'cache-tag' | 'surrogate-key' | null;
}

export const cacheSlice = slice(CacheConfig, cacheVariables, (values) => ({
  l1MaxBytes: values.CACHE_L1_MAX_BYTES,
  l1UnsyncedTtlMs: values.CACHE_L1_UNSYNCED_TTL,
  freshMs: values.CACHE_FRESH_TTL,
  freshJitterMs: values.CACHE_FRESH_JITTER,
  absentMs: values.CACHE_ABSENT_TTL,
  graceMs: values.CACHE_GRACE_TTL,
  leaseMs: values.CACHE_LEASE_TTL,
  failureMs: values.CACHE_FAILURE_TTL,
  tombstoneMs: values.CACHE_TOMBSTONE_TTL,
  warmKeys: values.CACHE_WARM_KEYS,
  httpMaxAgeMs: values.HTTP_MAX_AGE,
  httpStaleMs: values.HTTP_STALE_WHILE_REVALIDATE,
  httpTagHeader: values.HTTP_CACHE_TAGS,
}));

const redisVariables = {
  REDIS_URL: variable({
    schema: redisServer(),
    rule: 'a URL redis://user:password@host:port/db (rediss:// for TLS), several of a cluster separated by commas, or empty',
    fallback: '',
    about: 'Redis server of L2, or seed nodes of a Redis Cluster. Empty: no L2; each process caches alone.',
    secret: true,
  }),
  REDIS_PREFIX: variable({
    schema: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/),
    rule: '1 to 64 letters, digits, dots, underscores, colons or hyphens, a letter or digit first',
    fallback: 'hotshelf:',
    about:
      'Prefix of every key in Redis. Services over different databases that share a Redis need different prefixes; no prefix may begin with another.',
  }),
  REDIS_COMMAND_TIMEOUT: variable({
    schema: durationMs(5, 10_000),
    rule: 'a duration from 5ms to 10s',
    fallback: '100ms',
    about: 'Maximum time of a Redis command. Then the request goes on without it.',
  }),
  REDIS_CONNECT_TIMEOUT: variable({
    schema: durationMs(50, 60_000),
    rule: 'a duration from 50ms to 1m',
    fallback: '1s',
    about: 'Maximum time to open a connection to Redis.',
  }),
};

/**
 * The layout of what lies under the prefix: a release whose keys mean something else has another one. It has a relay and a
 * watermark of its own then, and each change reaches both layouts while both releases run. Layout 1 had no number.
 */
export const KEY_LAYOUT = '2:';

/** The server of L2: configured or, on purpose, absent. */
export abstract class RedisConfig {
  abstract readonly server: RedisServer;
  /** `REDIS_PREFIX`, as the operator knows it. */
  abstract readonly prefix: string;
  /** Begins every key and every tracked prefix: the prefix, and the layout's number. */
  abstract readonly namespace: string;
  abstract readonly commandTimeoutMs: number;
  abstract readonly connectTimeoutMs: number;
}

export const redisSlice = slice(RedisConfig, redisVariables, (values) => ({
  server: values.REDIS_URL,
  prefix: values.REDIS_PREFIX,
  namespace: values.REDIS_PREFIX + KEY_LAYOUT,
  commandTimeoutMs: values.REDIS_COMMAND_TIMEOUT,
  connectTimeoutMs: values.REDIS_CONNECT_TIMEOUT,
}));
