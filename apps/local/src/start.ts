// npm start: the service on this machine with all that it needs, until it is interrupted.
import { watch } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { API_ALLOCATION, API_ENTRY, API_NODE_FLAGS, migrate } from './api.ts';
import { ensureBuilt, isCurrent, SOURCE_FOLDERS } from './build.ts';
import { bringUpPostgres, runCommand } from './command.ts';
import { PackagesUnavailable } from './debian-packages.ts';
import { checkEnvironment, type LocalEnv, readLocalEnv, serverAddress } from './environment.ts';
import { freePort } from './free-port.ts';
import { makeKey } from './key.ts';
import { startRedis } from './redis.ts';
import { holdsProducts, seedCatalogue } from './seed-catalogue.ts';
import { becameReady, describeExit, type Service, type Services } from './services.ts';
import { complain, grouped, ROOT, say } from './terminal.ts';

const PRODUCTS = 10_000;
const READY_TIMEOUT_MS = 30_000;
/** The service writes its lines within 100 ms; twice that on a machine that is busy with its start. */
const LOG_BATCH_MS = 200;
/** An editor writes a file in several steps, and a checkout many files: they count as one change. */
const QUIET_MS = 150;

const USAGE = `npm start

Builds if needed and runs the service on http://localhost:3000 with a catalogue of ${grouped(PRODUCTS)} products. Starts
Postgres unless DATABASE_URL is set, and Redis unless REDIS_URL is set. Ctrl-C stops everything.

  --watch  builds and starts the service again after each change of its sources; npm run dev is the same
  --help   this text

Settings are environment variables: see docs/settings.md. HOTSHELF_HOME is the folder for data and logs.`;

await runCommand({ usage: USAGE, options: { watch: { type: 'boolean', default: false } } }, start, () => {
  say('\nStopping.');
  return 0;
});

/** Each step as soon as those before it are done. Ends when the api does, with its exit code. */
async function start({ watch: isWatching }: { watch: boolean }, services: Services): Promise<number> {
  const env = await readLocalEnv();
  await checkEnvironment(env);
  const [databaseUrl, redis] = await Promise.all([
    bringUpPostgres(env, services),
    bringUpRedis(env, services),
  ]);
  await migrate(env, services, databaseUrl);
  // A catalogue with products belongs to its owner: deleted products stay deleted.
  if (!(await holdsProducts(databaseUrl))) {
    const { added } = await seedCatalogue({ databaseUrl, products: PRODUCTS });
    say(`Catalogue  ${grouped(added)} products seeded`);
  }
  const made = env.apiKeys === undefined ? makeKey('development') : undefined;
  const settings = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    ...(redis.pid !== null && { CONSOLE_REDIS_PID: String(redis.pid) }),
    API_KEYS: env.apiKeys ?? made?.entry ?? '',
  };
  const api = await startApi(env, services, settings);
  if (await isServing(api)) {
    // What the service logs of its start comes in batches, and the banner is to be last.
    await sleep(LOG_BATCH_MS);
    announce({
      url: api.url,
      // Addresses of the user's own servers hold the user's passwords.
      databaseUrl: env.databaseUrl === undefined ? `'${databaseUrl}'` : '"$DATABASE_URL"',
      redisUrl: env.redisUrl ? '"$REDIS_URL"' : redis.url,
      key: made?.key,
    });
  }
  if (isWatching) return keepRestarting(api, services, () => startApi(env, services, settings));
  const { code, signal } = await api.exited;
  // As a shell passes on how a program has ended.
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/**
 * The Redis of `REDIS_URL`, or one of our own. The service runs without one if none can be had.
 *
 * @returns its URL, empty for none, and its process if the console may pause it
 */
async function bringUpRedis(
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

interface StartedApi extends Service {
  /** Its address, without a slash at the end. */
  readonly url: string;
}

/** Starts the service as production does; it is not ready yet. */
async function startApi(
  { host, port: wanted, passedOn }: LocalEnv,
  services: Services,
  settings: NodeJS.ProcessEnv,
): Promise<StartedApi> {
  const port = wanted === 0 ? await freePort() : wanted;
  const service = await services.start({
    name: 'The api',
    command: process.execPath,
    args: ['--enable-source-maps', ...API_NODE_FLAGS, API_ENTRY],
    env: { ...API_ALLOCATION, ...passedOn, HOST: host, PORT: String(port), ...settings },
    stopTimeoutMs: 15_000,
  });
  void service.endedByItself.then((exit) => complain(`The api has ended by itself (${describeExit(exit)}).`));
  // "Every interface" is no address to connect to.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { ...service, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
}

/** @returns false if its process has ended instead, or it is not ready in 30 s */
function isServing(api: StartedApi): Promise<boolean> {
  const ask = async () => {
    const request = { signal: AbortSignal.timeout(2_000), headers: { connection: 'close' } };
    const { ok, body } = await fetch(`${api.url}/health/ready`, request);
    await body?.cancel();
    return ok;
  };
  return becameReady(api, () => ask().catch(() => false), READY_TIMEOUT_MS);
}

/**
 * Builds and starts the service again after each change of its sources, until this process ends. What does not compile
 * leaves the service as it is; a service that does not start is tried again after the next change.
 *
 * @param api the service that runs
 * @param startNext starts the next one
 */
async function keepRestarting(
  api: StartedApi,
  services: Services,
  startNext: () => Promise<StartedApi>,
): Promise<never> {
  let changed = Promise.withResolvers<void>();
  for (const folder of SOURCE_FOLDERS)
    watch(join(ROOT, folder), { recursive: true }, () => changed.resolve());
  say('Watching apps/ and libs/: a change is built and started.');
  for (let running = api; ; ) {
    await changed.promise;
    await sleep(QUIET_MS);
    changed = Promise.withResolvers();
    // A file that was only touched, or changed back.
    if (isCurrent()) continue;
    const startedAtMs = performance.now();
    if (!(await ensureBuilt(services))) {
      complain('The service of before goes on. Save again.');
      continue;
    }
    await running.stop();
    running = await startNext();
    if (await isServing(running))
      say(`Restarted in ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s: ${running.url}`);
    else complain('The service does not start: see above. It is tried again after the next change.');
  }
}

interface Banner {
  readonly url: string;
  /** As an argument of a shell command. */
  readonly databaseUrl: string;
  /** The same; empty for none. */
  readonly redisUrl: string;
  /** A key that was made for this run: it is shown here and nowhere else. */
  readonly key: string | undefined;
}

function announce({ url, databaseUrl, redisUrl, key }: Banner): void {
  const writing = `
A key that may write, for this run (API_KEYS is not set):

  ${key}

  curl -i -X POST ${url}/products \\
    -H 'authorization: Bearer ${key}' -H 'content-type: application/json' \\
    -d '{"name":"Walnut Desk Lamp","price":49.9,"stock":12}'
`;
  const redisCli = redisUrl === '' ? '' : `\n  redis-cli -u ${redisUrl} monitor`;
  // Counted from the start of this process, a build included.
  say(`
Hotshelf is ready after ${(performance.now() / 1_000).toFixed(1)} s.

  console    ${url}/console
  a product  ${url}/products/prod-1
  health     ${url}/health
  metrics    ${url}/metrics
  docs       ${url}/docs

Change a price with psql, and read it:

  psql ${databaseUrl} -c "UPDATE products SET price = 1.99 WHERE id = 'prod-1'"${redisCli}
  curl -i ${url}/products/prod-1
${key === undefined ? '' : writing}
Ctrl-C ends it and all that it started.
`);
}
