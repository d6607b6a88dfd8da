import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { PackagesUnavailable } from './debian-packages.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { describeExit, type Services } from './services.ts';
import { complain, messageOf, ROOT, say, shownPath } from './terminal.ts';

const TIMEOUT_MS = 3_000;

/** The environment of a command; the one file in this app that reads it. */
export interface LocalEnv {
  /** The folder for state: data of the servers started here, their logs, locks. */
  readonly home: string;
  /** Absent: a Postgres is started. */
  readonly databaseUrl: string | undefined;
  /** Absent: a Redis is started. Empty: the service runs without one. */
  readonly redisUrl: string | undefined;
  /** Absent: a key is made for the run. Empty: writes are refused. */
  readonly apiKeys: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The whole environment, for the programs started from here. */
  readonly passedOn: Readonly<NodeJS.ProcessEnv>;
}

/** Stands for the database that will be started. */
const TO_BE_STARTED = 'postgres://127.0.0.1/postgres';

/**
 * Reads the environment by the service's own rules: a value that the service would refuse is refused before anything is
 * started.
 *
 * @throws ConfigError with all errors, one a line
 */
export async function readLocalEnv(): Promise<LocalEnv> {
  // Not imported above: it is compiled code, and the commands build it first.
  const { ConfigError, readConfig, withSecrets } = await import('#libs/config');
  const environment = withSecrets(process.env);
  const { REDIS_URL: redisUrl, API_KEYS: apiKeys } = environment;
  // Compose files and CI systems set variables without a value to the empty string.
  const databaseUrl = environment['DATABASE_URL'] || undefined;
  const passedOn = { ...environment, NODE_ENV: environment['NODE_ENV'] || 'development' };
  const home = resolve(ROOT, environment['HOTSHELF_HOME'] || '.hotshelf');
  try {
    readConfig(passedOn);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // A missing DATABASE_URL is no fault here. It is left out, as a misspelt one is found only if none is set.
    const broken = error.broken.filter(({ name }) => name !== 'DATABASE_URL' || databaseUrl !== undefined);
    if (broken.length > 0) throw new ConfigError(broken);
  }
  const { host, port } = readConfig({ ...passedOn, DATABASE_URL: databaseUrl ?? TO_BE_STARTED }).server;
  return { home, databaseUrl, redisUrl, apiKeys, host, port, passedOn };
}

/**
 * Connects to everything that the environment names, before anything is started.
 *
 * @throws Error with a line for each variable that cannot work; it names the variable and never the password
 */
export async function checkEnvironment(env: LocalEnv): Promise<void> {
  const checks = await Promise.allSettled([checkPort(env), checkDatabase(env), checkRedis(env)]);
  const failed = checks.flatMap((check) => (check.status === 'rejected' ? [messageOf(check.reason)] : []));
  if (failed.length > 0) throw new Error(failed.join('\n'));
}

/** Listens there: only that knows about other programs, permissions and addresses of other machines. */
async function checkPort({ host, port }: LocalEnv): Promise<void> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw new Error(`PORT ${port} of HOST ${host} cannot be used: ${message}`);
    throw new Error(
      `PORT ${port} is taken: another program listens on ${host}. Choose another one, as in PORT=${port + 1} npm start`,
    );
  }
  server.close();
  await once(server, 'close');
}

/**
 * Logs in to the database, if one is named. Settles within 3 s.
 *
 * @throws Error that names the variable and never the password
 */
export async function checkDatabase({ databaseUrl }: LocalEnv): Promise<void> {
  if (databaseUrl === undefined) return;
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: TIMEOUT_MS });
  // A connection that breaks later must not end the process as an unhandled error.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw unusable('DATABASE_URL', databaseUrl, error as Error);
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Logs in to Redis and sends a PING; as `checkDatabase`. */
async function checkRedis({ redisUrl }: LocalEnv): Promise<void> {
  if (!redisUrl) return;
  const noRetry = { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 };
  const client = new Redis(redisUrl, { ...noRetry, commandTimeout: TIMEOUT_MS });
  // The client rejects a command with a general message; the cause comes as this event, before it.
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  try {
    await client.ping();
  } catch (error) {
    throw unusable('REDIS_URL', redisUrl, cause ?? (error as Error));
  } finally {
    client.disconnect();
  }
}

function unusable(variable: string, url: string, { code, message }: NodeJS.ErrnoException): Error {
  const address = serverAddress(url);
  if (code === 'ECONNREFUSED') return new Error(`${variable}: no server listens at ${address}`);
  return new Error(`${variable}: ${address} cannot be used: ${message}`);
}

/** The Postgres of `DATABASE_URL`, or one of our own. */
export async function bringUpPostgres(env: LocalEnv, services: Services): Promise<string> {
  if (env.databaseUrl !== undefined) {
    say(`Postgres   ${serverAddress(env.databaseUrl)}, from DATABASE_URL`);
    return env.databaseUrl;
  }
  const postgres = await startPostgres({ services, home: join(env.home, 'postgres') });
  void postgres.endedByItself.then((exit) =>
    complain(
      `Postgres has ended by itself (${describeExit(exit)}). Cached entries are still served; npm start starts it again. Its log: ${shownPath(postgres.logFile)}`,
    ),
  );
  say(`Postgres   port ${postgres.port}, data in ${shownPath(postgres.dataFolder)}`);
  return postgres.url;
}

/**
 * The Redis of `REDIS_URL`, or one of our own. The service runs without one if none can be had.
 *
 * @returns its URL, empty for none, and its process if the console may pause it
 */
export async function bringUpRedis(
  env: LocalEnv,
  services: Services,
): Promise<{ readonly url: string; readonly pid: number | null }> {
  const alone = 'the service caches in L1 only';
  if (env.redisUrl !== undefined) {
    const which = env.redisUrl === '' ? `none, as REDIS_URL is empty: ${alone}` : serverAddress(env.redisUrl);
    say(`Redis      ${which}${env.redisUrl === '' ? '' : ', from REDIS_URL'}`);
    return { url: env.redisUrl, pid: null };
  }
  try {
    const redis = await startRedis({ services, home: join(env.home, 'redis') });
    void redis.endedByItself.then((exit) =>
      complain(
        `Redis has ended by itself (${describeExit(exit)}). Reads go on from L1 and Postgres; npm start starts it again.`,
      ),
    );
    say(`Redis      port ${redis.port}, version ${redis.version}, from ${redis.source}`);
    return redis;
  } catch (error) {
    if (!(error instanceof PackagesUnavailable)) throw error;
    const how =
      process.platform === 'darwin' ? 'brew install redis' : 'Debian, Ubuntu: apt-get install redis';
    complain(
      `Redis      none on this machine (${error.message}): ${alone}. Install Redis 7 or newer (${how}), or name a running one in REDIS_URL.`,
    );
    return { url: '', pid: null };
  }
}

/** A server's host, port and path, without the user, the password and the options, which may hold one too. */
function serverAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
