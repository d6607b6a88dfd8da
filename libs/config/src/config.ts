import { ConfigError } from './config-error.js';
import { type Environment, readVariables } from './read-variables.js';
import { CacheConfig, cacheConfig, cacheVariables } from './slices/cache.js';
import { DatabaseConfig, databaseConfig, databaseVariables } from './slices/database.js';
import { LogConfig, logConfig, logVariables } from './slices/log.js';
import { ProcessConfig, processConfig, processVariables } from './slices/process.js';
import { RedisConfig, redisConfig, redisVariables } from './slices/redis.js';
import { ResilienceConfig, resilienceConfig, resilienceVariables } from './slices/resilience.js';
import { ServerConfig, serverConfig, serverVariables } from './slices/server.js';
import type { ValuesOf } from './variable.js';

/** Every variable of the service, in the order of the README's table. */
export const VARIABLES = {
  ...serverVariables,
  ...processVariables,
  ...logVariables,
  ...databaseVariables,
  ...redisVariables,
  ...cacheVariables,
  ...resilienceVariables,
};

/** The slices, each under the class by which it is injected. */
export interface Config {
  readonly server: ServerConfig;
  readonly process: ProcessConfig;
  readonly log: LogConfig;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig;
  readonly cache: CacheConfig;
  readonly resilience: ResilienceConfig;
}

/**
 * The one place that reads the environment.
 *
 * @param environment default: this process's
 * @throws ConfigError when any variable breaks its rule
 */
export function readConfig(environment: Environment = process.env): Config {
  const values = readVariables(VARIABLES, environment);
  checkTogether(values);
  return {
    server: serverConfig(values),
    process: processConfig(values),
    log: logConfig(values),
    database: databaseConfig(values),
    redis: redisConfig(values),
    cache: cacheConfig(values),
    resilience: resilienceConfig(values),
  };
}

/**
 * What no variable can be wrong in alone: a load that may outlive its lease is made again by the next one in line, and
 * cached by nobody.
 *
 * @throws ConfigError
 */
function checkTogether(values: ValuesOf<typeof VARIABLES>): void {
  if (values.CACHE_LEASE_TTL > values.DATABASE_LOAD_TIMEOUT) return;
  const message = `CACHE_LEASE_TTL must be longer than DATABASE_LOAD_TIMEOUT; it is ${values.CACHE_LEASE_TTL}ms, against ${values.DATABASE_LOAD_TIMEOUT}ms. Default: ${VARIABLES.CACHE_LEASE_TTL.fallback}.`;
  throw new ConfigError([{ name: 'CACHE_LEASE_TTL', message }]);
}
