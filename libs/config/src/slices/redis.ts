import { z } from 'zod';
import { durationMs, type RedisServer, redisServer } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';

export const redisVariables = {
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

export function redisConfig(values: ValuesOf<typeof redisVariables>): RedisConfig {
  return {
    server: values.REDIS_URL,
    prefix: values.REDIS_PREFIX,
    namespace: values.REDIS_PREFIX + KEY_LAYOUT,
    commandTimeoutMs: values.REDIS_COMMAND_TIMEOUT,
    connectTimeoutMs: values.REDIS_CONNECT_TIMEOUT,
  };
}
