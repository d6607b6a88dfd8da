import {
  AccessConfig,
  accessConfig,
  accessVariables,
  ConsoleConfig,
  consoleConfig,
  consoleVariables,
  WriteConfig,
  writeConfig,
  writeVariables,
} from './slices/access.js';
import {
  CacheConfig,
  cacheConfig,
  cacheVariables,
  RedisConfig,
  redisConfig,
  redisVariables,
} from './slices/cache.js';
import { DatabaseConfig, databaseConfig, databaseVariables } from './slices/database.js';
import {
  BuildConfig,
  buildConfig,
  buildVariables,
  ProcessConfig,
  processConfig,
  processVariables,
} from './slices/process.js';
import {
  ResilienceConfig,
  resilienceConfig,
  resilienceVariables,
  SheddingConfig,
  sheddingConfig,
  sheddingVariables,
} from './slices/resilience.js';
import {
  EdgeConfig,
  edgeConfig,
  edgeVariables,
  ServerConfig,
  serverConfig,
  serverVariables,
} from './slices/server.js';
import {
  LogConfig,
  logConfig,
  logVariables,
  TracingConfig,
  tracingConfig,
  tracingVariables,
} from './slices/telemetry.js';
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

/** A slice: the class that stands for it where it is injected, its variables, and what it makes of their values. */
interface Slice<T> {
  readonly token: abstract new () => T;
  readonly variables: Variables;
  read(values: never): T;
}

export const SLICES: { readonly [Name in SliceName]: Slice<Config[Name]> } = {
  server: { token: ServerConfig, variables: serverVariables, read: serverConfig },
  edge: { token: EdgeConfig, variables: edgeVariables, read: edgeConfig },
  access: { token: AccessConfig, variables: accessVariables, read: accessConfig },
  console: { token: ConsoleConfig, variables: consoleVariables, read: consoleConfig },
  process: { token: ProcessConfig, variables: processVariables, read: processConfig },
  build: { token: BuildConfig, variables: buildVariables, read: buildConfig },
  log: { token: LogConfig, variables: logVariables, read: logConfig },
  database: { token: DatabaseConfig, variables: databaseVariables, read: databaseConfig },
  redis: { token: RedisConfig, variables: redisVariables, read: redisConfig },
  cache: { token: CacheConfig, variables: cacheVariables, read: cacheConfig },
  resilience: { token: ResilienceConfig, variables: resilienceVariables, read: resilienceConfig },
  write: { token: WriteConfig, variables: writeVariables, read: writeConfig },
  shedding: { token: SheddingConfig, variables: sheddingVariables, read: sheddingConfig },
  tracing: { token: TracingConfig, variables: tracingVariables, read: tracingConfig },
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
  typeof cacheVariables &
    typeof consoleVariables &
    typeof databaseVariables &
    typeof edgeVariables &
    typeof serverVariables
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
    const message = `CACHE_LEASE_TTL must be longer than DATABASE_LOAD_TIMEOUT; it is ${CACHE_LEASE_TTL}ms, against ${DATABASE_LOAD_TIMEOUT}ms. Default: ${cacheVariables.CACHE_LEASE_TTL.fallback}.`;
    broken.push({ name: 'CACHE_LEASE_TTL', message });
  }
  if (HTTP_HEADERS_TIMEOUT > HTTP_REQUEST_TIMEOUT) {
    const message = `HTTP_HEADERS_TIMEOUT must be no longer than HTTP_REQUEST_TIMEOUT; it is ${HTTP_HEADERS_TIMEOUT}ms, against ${HTTP_REQUEST_TIMEOUT}ms. Default: ${edgeVariables.HTTP_HEADERS_TIMEOUT.fallback}.`;
    broken.push({ name: 'HTTP_HEADERS_TIMEOUT', message });
  }
  if (broken.length > 0) throw new ConfigError(broken);
}
