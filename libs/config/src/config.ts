import {
  type AccessConfig,
  accessSlice,
  type ConsoleConfig,
  consoleSlice,
  type WriteConfig,
  writeSlice,
} from './slices/access.js';
import { type CacheConfig, cacheSlice, type RedisConfig, redisSlice } from './slices/cache.js';
import { type DatabaseConfig, databaseSlice } from './slices/database.js';
import { type BuildConfig, buildSlice, type ProcessConfig, processSlice } from './slices/process.js';
import {
  type ResilienceConfig,
  resilienceSlice,
  type SheddingConfig,
  sheddingSlice,
} from './slices/resilience.js';
import { type EdgeConfig, edgeSlice, type ServerConfig, serverSlice } from './slices/server.js';
import { type LogConfig, logSlice, type TracingConfig, tracingSlice } from './slices/telemetry.js';
import {
  type BrokenVariable,
  ConfigError,
  type Environment,
  readSecretFiles,
  readVariables,
  secretsAmong,
  type ValuesOf,
  type Variables,
} from './variables.js';

/** The slices, each under the class by which it is injected. */
export interface Config {
  readonly server: ServerConfig;
  readonly edge: EdgeConfig;
  readonly access: AccessConfig;
  readonly console: ConsoleConfig;
  readonly process: ProcessConfig;
  readonly build: BuildConfig;
  readonly log: LogConfig;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig;
  readonly cache: CacheConfig;
  readonly resilience: ResilienceConfig;
  readonly write: WriteConfig;
  readonly shedding: SheddingConfig;
  readonly tracing: TracingConfig;
}

type SliceName = keyof Config;

interface Slice<T> {
  readonly token: abstract new () => T;
  readonly variables: Variables;
  read(values: never): T;
}

export const SLICES: { readonly [Name in SliceName]: Slice<Config[Name]> } = {
  server: serverSlice,
  edge: edgeSlice,
  access: accessSlice,
  console: consoleSlice,
  process: processSlice,
  build: buildSlice,
  log: logSlice,
  database: databaseSlice,
  redis: redisSlice,
  cache: cacheSlice,
  resilience: resilienceSlice,
  write: writeSlice,
  shedding: sheddingSlice,
  tracing: tracingSlice,
};

const ALL = Object.keys(SLICES) as SliceName[];

/** A service that only reads: no keys of writers, and no rules for writes. */
export const READ_SLICES = [
  'server',
  'edge',
  'process',
  'build',
  'log',
  'database',
  'redis',
  'cache',
  'resilience',
  'shedding',
  'tracing',
] as const satisfies readonly SliceName[];

/** Every setting of the service. docs/settings.md has a row for each. */
export const VARIABLES: Variables = Object.assign({}, ...ALL.map((name) => SLICES[name].variables));

/**
 * The one file that reads the environment.
 *
 * @param environment default: this process's
 * @param slices those that the service has; variables of others are not read. Default: all
 * @throws ConfigError when any variable breaks its rule, or is written almost like one
 */
export function readConfig(environment?: Environment): Config;
export function readConfig<Name extends SliceName>(
  environment: Environment | undefined,
  slices: readonly Name[],
): Pick<Config, Name>;
export function readConfig(
  environment: Environment = process.env,
  slices: readonly SliceName[] = ALL,
): Partial<Config> {
  const variables: Variables = Object.assign({}, ...slices.map((name) => SLICES[name].variables));
  const values = readVariables(variables, environment);
  checkTogether(values as Partial<Together>);
  return Object.fromEntries(slices.map((name) => [name, SLICES[name].read(values as never)]));
}

/**
 * The environment with secrets in the place of the names of their files, for a program that starts others with it.
 *
 * @throws ConfigError if a file cannot be read
 */
export function withSecrets(environment: Environment): Environment {
  const read = readSecretFiles(secretsAmong(VARIABLES), environment);
  if (read.broken.length > 0) throw new ConfigError(read.broken);
  return read.environment;
}

type Together = ValuesOf<
  typeof cacheSlice.variables &
    typeof consoleSlice.variables &
    typeof databaseSlice.variables &
    typeof edgeSlice.variables &
    typeof serverSlice.variables
>;

/**
 * Rules over two variables. A load that may outlive its lease is repeated by the next process, and never cached;
 * headers that may take longer than the whole request have no limit of their own.
 *
 * @throws ConfigError
 */
function checkTogether(values: Partial<Together>): void {
  const { CACHE_LEASE_TTL = Number.POSITIVE_INFINITY, DATABASE_LOAD_TIMEOUT = 0 } = values;
  const { HTTP_HEADERS_TIMEOUT = 0, HTTP_REQUEST_TIMEOUT = 0 } = values;
  const broken: BrokenVariable[] = [];
  if (
    values.NODE_ENV === 'production' &&
    values.CONSOLE_ENABLED === true &&
    values.CONSOLE_KEYS?.length === 0
  ) {
    const message =
      'CONSOLE_KEYS must have an entry if CONSOLE_ENABLED is on in production; it is empty. Default: empty.';
    broken.push({ name: 'CONSOLE_KEYS', message });
  }
  if (values.METRICS_PORT != null && values.METRICS_PORT === values.PORT) {
    const message = `METRICS_PORT must be another port than PORT; both are ${values.PORT}. Default: empty.`;
    broken.push({ name: 'METRICS_PORT', message });
  }
  if (CACHE_LEASE_TTL <= DATABASE_LOAD_TIMEOUT) {
    const message = `CACHE_LEASE_TTL must be longer than DATABASE_LOAD_TIMEOUT; it is ${CACHE_LEASE_TTL}ms, against ${DATABASE_LOAD_TIMEOUT}ms. Default: ${cacheSlice.variables.CACHE_LEASE_TTL.fallback}.`;
    broken.push({ name: 'CACHE_LEASE_TTL', message });
  }
  if (HTTP_HEADERS_TIMEOUT > HTTP_REQUEST_TIMEOUT) {
    const message = `HTTP_HEADERS_TIMEOUT must be no longer than HTTP_REQUEST_TIMEOUT; it is ${HTTP_HEADERS_TIMEOUT}ms, against ${HTTP_REQUEST_TIMEOUT}ms. Default: ${edgeSlice.variables.HTTP_HEADERS_TIMEOUT.fallback}.`;
    broken.push({ name: 'HTTP_HEADERS_TIMEOUT', message });
  }
  if (broken.length > 0) throw new ConfigError(broken);
}
