import { durationMs } from '../values/duration.js';
import { type RedisServer, redisServer } from '../values/redis-server.js';
import { type ValuesOf, variable } from '../variable.js';

export const redisVariables = {
  REDIS_URL: variable({
    schema: redisServer(),
    rule: 'a URL redis://user:password@host:port/db (rediss:// for TLS), several of a cluster with commas between, or empty',
    fallback: '',
    about: 'The Redis of the shared tier; some nodes of a Redis Cluster. Empty: every process caches alone.',
    secret: true,
  }),
  REDIS_COMMAND_TIMEOUT: variable({
    schema: durationMs(5, 10_000),
    rule: 'a duration from 5ms to 10s',
    fallback: '100ms',
    about: 'How long a Redis command may take before the request goes on without it.',
  }),
  REDIS_CONNECT_TIMEOUT: variable({
    schema: durationMs(50, 60_000),
    rule: 'a duration from 50ms to 1m',
    fallback: '1s',
    about: 'How long opening a connection to Redis may take.',
  }),
};

/** The shared tier's server: configured or, on purpose, absent. */
export abstract class RedisConfig {
  abstract readonly server: RedisServer;
  abstract readonly commandTimeoutMs: number;
  abstract readonly connectTimeoutMs: number;
}

export function redisConfig(values: ValuesOf<typeof redisVariables>): RedisConfig {
  return {
    server: values.REDIS_URL,
    commandTimeoutMs: values.REDIS_COMMAND_TIMEOUT,
    connectTimeoutMs: values.REDIS_CONNECT_TIMEOUT,
  };
}
