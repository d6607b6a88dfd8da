import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ROOT } from './terminal.ts';

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
 * @returns the complaints instead, one a line, if a variable breaks its rule
 */
export async function readLocalEnv(): Promise<LocalEnv | string> {
  // Not imported above: it is compiled code, and the commands build it first.
  const { ConfigError, readConfig, withSecrets } = await import('#libs/config');
  const complaintsIn = (error: unknown) => {
    if (error instanceof ConfigError) return error.broken;
    throw error;
  };
  let environment: Readonly<NodeJS.ProcessEnv>;
  try {
    environment = withSecrets(process.env);
  } catch (error) {
    return complaintsIn(error)
      .map(({ message }) => message)
      .join('\n');
  }
  const { REDIS_URL: redisUrl, API_KEYS: apiKeys } = environment;
  // Compose files and CI systems set variables without a value to the empty string.
  const databaseUrl = environment['DATABASE_URL'] || undefined;
  const passedOn = { ...environment, NODE_ENV: environment['NODE_ENV'] || 'development' };
  const home = resolve(ROOT, environment['HOTSHELF_HOME'] || '.hotshelf');
  try {
    readConfig(passedOn);
  } catch (error) {
    // A missing DATABASE_URL is no fault here. It is left out, as a misspelt one is found only if none is set.
    const broken = complaintsIn(error).filter(
      ({ name }) => name !== 'DATABASE_URL' || databaseUrl !== undefined,
    );
    if (broken.length > 0) return broken.map(({ message }) => message).join('\n');
  }
  const { host, port } = readConfig({ ...passedOn, DATABASE_URL: databaseUrl ?? TO_BE_STARTED }).server;
  return { home, databaseUrl, redisUrl, apiKeys, host, port, passedOn };
}

/**
 * Connects to the servers that the environment names, before anything is started.
 *
 * @returns a line for every variable that cannot work. Settles within 3 s.
 */
export async function checkEnvironment({ host, port, databaseUrl, redisUrl }: LocalEnv): Promise<string[]> {
  const found = await Promise.all([
    checkPort(host, port),
    databaseUrl === undefined ? undefined : checkDatabaseUrl(databaseUrl),
    redisUrl ? checkRedisUrl(redisUrl) : undefined,
  ]);
  return found.filter((complaint) => complaint !== undefined);
}

/** Listens there: only that knows about other programs, permissions and addresses of other machines. */
async function checkPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      return `PORT ${port} is taken: another program listens on ${host}. Choose another one, as in PORT=${port + 1} npm start`;
    return `PORT ${port} of HOST ${host} cannot be used: ${message}`;
  }
  server.close();
  await once(server, 'close');
  return undefined;
}

/**
 * Logs in to a database.
 *
 * @returns the errors, naming the variable and never the password. Settles within 3 s.
 */
export async function checkDatabaseUrl(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MS });
  // A connection that breaks later must not end the process as an unhandled error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return describeFailure('DATABASE_URL', url, error as Error);
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Logs in to Redis and sends a PING; as `checkDatabaseUrl`. */
async function checkRedisUrl(url: string): Promise<string | undefined> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  // The client rejects a command with a general message; the cause comes as this event, before it.
  let cause: NodeJS.ErrnoException | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  try {
    const answer = await Promise.race([client.ping(), sleep(TIMEOUT_MS, undefined, { ref: false })]);
    if (answer === 'PONG') return undefined;
  } catch (error) {
    cause ??= error as Error;
  } finally {
    client.disconnect();
  }
  return describeFailure('REDIS_URL', url, cause ?? new Error('timeout expired'));
}

function describeFailure(variable: string, url: string, { code, message }: NodeJS.ErrnoException): string {
  const address = serverAddress(url);
  if (code === 'ECONNREFUSED') return `${variable}: no server listens at ${address}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${variable}: the host of ${address} is unknown`;
  return `${variable}: ${address} cannot be used: ${message}`;
}

/** A server's host, port and path, without the user, the password and the options, which may hold one too. */
export function serverAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
