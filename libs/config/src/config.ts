import { type Environment, readVariables } from './read-variables.js';
import { CacheConfig, cacheConfig, cacheVariables } from './slices/cache.js';
import { DatabaseConfig, databaseConfig, databaseVariables } from './slices/database.js';
import { LogConfig, logConfig, logVariables } from './slices/log.js';
import { RedisConfig, redisConfig, redisVariables } from './slices/redis.js';
import { ResilienceConfig, resilienceConfig, resilienceVariables } from './slices/resilience.js';
import { ServerConfig, serverConfig, serverVariables } from './slices/server.js';

/** Every variable of the service, in the order of the README's table. */
export const VARIABLES = {
  ...serverVariables,
  ...logVariables,
  ...databaseVariables,
  ...redisVariables,
  ...cacheVariables,
  ...resilienceVariables,
};

/** The slices, each under the class by which it is injected. */
export interface Config {
  readonly server: ServerConfig;
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
  return {
    server: serverConfig(values),
    log: logConfig(values),
    database: databaseConfig(values),
    redis: redisConfig(values),
    cache: cacheConfig(values),
    resilience: resilienceConfig(values),
  };
}
