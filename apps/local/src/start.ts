// npm start: the service on this machine with all that it needs, until it is interrupted.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { becameReady, describeExit, exitCodeOf, migrate, startApi } from './api.ts';
import { USAGE_ERROR } from './command-line.ts';
import { bringUpPostgres, refuse, runCommand } from './database.ts';
import { checkEnvironment, type LocalEnv, readLocalEnv, serverAddress } from './environment.ts';
import { keepRestarting } from './keep-restarting.ts';
import { makeKey } from './key.ts';
import { startRedis } from './redis.ts';
import { holdsProducts, seedCatalogue } from './seed-catalogue.ts';
import { type Ending, type Services, withServices } from './services.ts';
import { complain, grouped, say } from './terminal.ts';

const PRODUCTS = 10_000;
/** The service writes its lines within 100 ms; twice that on a machine that is busy with its start. */
const LOG_BATCH_MS = 200;

const USAGE = `npm start

Builds if needed and runs the service on http://localhost:3000 with a catalogue of ${grouped(PRODUCTS)} products. Starts
Postgres unless DATABASE_URL is set, and Redis unless REDIS_URL is set. Ctrl-C stops everything.

  --watch  builds and starts the service again after each change of its sources; npm run dev is the same
  --help   this text

Settings are environment variables: see docs/settings.md. HOTSHELF_HOME is the folder for data and logs.`;

await runCommand({ usage: USAGE, options: { watch: { type: 'boolean', default: false } } }, start);

async function start({ watch }: { readonly watch: boolean }): Promise<number> {
  const env = await readLocalEnv();
  if (typeof env === 'string') return refuse(env, USAGE_ERROR);
  const complaints = await checkEnvironment(env);
  if (complaints.length > 0) return refuse(complaints.join('\n'), 1);
  const interrupted = () => {
    say('\nStopping. Ctrl-C again does not wait for it.');
    return { code: 0 };
  };
  return withServices(interrupted, (services) => serve(env, services, watch));
}

/** In order, each as soon as its dependencies are up. Ends when the api does. */
async function serve(env: LocalEnv, services: Services, isWatching: boolean): Promise<Ending> {
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
  const start = () =>
    startApi(env, services, {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      ...(redis.pid !== null && { CONSOLE_REDIS_PID: String(redis.pid) }),
      API_KEYS: env.apiKeys ?? made?.entry ?? '',
    });
  const api = await start();
  if (await becameReady(api)) {
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
  if (isWatching) return keepRestarting(api, services, start);
  const exit = await api.exited;
  return { code: exitCodeOf(exit), complaint: `The api has ended by itself (${describeExit(exit)}).` };
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
  const redis = await startRedis({ services, home: join(env.home, 'redis') });
  if (redis.kind === 'unavailable') {
    complain(`Redis      none on this machine: ${alone}. ${redis.install}`);
    return { url: '', pid: null };
  }
  void redis.exited.then((exit) => {
    if (services.areStopping) return;
    complain(
      `Redis has ended by itself (${describeExit(exit)}). Reads go on from L1 and Postgres; npm start starts it again.`,
    );
  });
  const sources = { path: 'from the PATH', package: "from Debian's package", docker: 'in a container' };
  say(`Redis      port ${redis.port}, version ${redis.version}, ${sources[redis.source]}`);
  // Of a container the process is its client, which can pause nothing.
  return { url: redis.url, pid: redis.source === 'docker' ? null : redis.pid };
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
