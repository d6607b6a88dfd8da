import { type BrokenVariable, ConfigError } from './config-error.js';
import { type Environment, readVariables } from './read-variables.js';
import { AccessConfig, accessConfig, accessVariables } from './slices/access.js';
import { CacheConfig, cacheConfig, cacheVariables } from './slices/cache.js';
import { DatabaseConfig, databaseConfig, databaseVariables } from './slices/database.js';
import { EdgeConfig, edgeConfig, edgeVariables } from './slices/edge.js';
import { LogConfig, logConfig, logVariables } from './slices/log.js';
import { ProcessConfig, processConfig, processVariables } from './slices/process.js';
import { RedisConfig, redisConfig, redisVariables } from './slices/redis.js';
import { ResilienceConfig, resilienceConfig, resilienceVariables } from './slices/resilience.js';
import { ServerConfig, serverConfig, serverVariables } from './slices/server.js';
import { SheddingConfig, sheddingConfig, sheddingVariables } from './slices/shedding.js';
import { WriteConfig, writeConfig, writeVariables } from './slices/write.js';
import type { ValuesOf } from './variable.js';

/** Every variable of the service, in the order of the README's table. */
export const VARIABLES = {
  ...serverVariables,
  ...edgeVariables,
  ...accessVariables,
  ...processVariables,
  ...logVariables,
  ...databaseVariables,
  ...redisVariables,
  ...cacheVariables,
  ...resilienceVariables,
  ...writeVariables,
  ...sheddingVariables,
};

/** The slices, each under the class by which it is injected. */
export interface Config {
  readonly server: ServerConfig;
  readonly edge: EdgeConfig;
  readonly access: AccessConfig;
  readonly process: ProcessConfig;
  readonly log: LogConfig;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig;
  readonly cache: CacheConfig;
  readonly resilience: ResilienceConfig;
  readonly write: WriteConfig;
  readonly shedding: SheddingConfig;
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
    edge: edgeConfig(values),
    access: accessConfig(values),
    process: processConfig(values),
    log: logConfig(values, values.NODE_ENV),
    database: databaseConfig(values),
    redis: redisConfig(values),
    cache: cacheConfig(values),
    resilience: resilienceConfig(values),
    write: writeConfig(values),
    shedding: sheddingConfig(values),
  };
}

/**
 * What no variable can be wrong in alone. A load that may outlive its lease is made again by the next one in line, and
 * cached by nobody; headers that may take longer than the whole request have no limit of their own.
 *
 * @throws ConfigError
 */
function checkTogether(values: ValuesOf<typeof VARIABLES>): void {
  const { CACHE_LEASE_TTL, DATABASE_LOAD_TIMEOUT, HTTP_HEADERS_TIMEOUT, HTTP_REQUEST_TIMEOUT } = values;
  const broken: BrokenVariable[] = [];
  if (CACHE_LEASE_TTL <= DATABASE_LOAD_TIMEOUT) {
    const message = `CACHE_LEASE_TTL must be longer than DATABASE_LOAD_TIMEOUT; it is ${CACHE_LEASE_TTL}ms, against ${DATABASE_LOAD_TIMEOUT}ms. Default: ${VARIABLES.CACHE_LEASE_TTL.fallback}.`;
    broken.push({ name: 'CACHE_LEASE_TTL', message });
  }
  if (HTTP_HEADERS_TIMEOUT > HTTP_REQUEST_TIMEOUT) {
    const message = `HTTP_HEADERS_TIMEOUT must be no longer than HTTP_REQUEST_TIMEOUT; it is ${HTTP_HEADERS_TIMEOUT}ms, against ${HTTP_REQUEST_TIMEOUT}ms. Default: ${VARIABLES.HTTP_HEADERS_TIMEOUT.fallback}.`;
    broken.push({ name: 'HTTP_HEADERS_TIMEOUT', message });
  }
  if (broken.length > 0) throw new ConfigError(broken);
}
