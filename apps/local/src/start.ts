// npm start: the service on this machine with all that it needs, until it is interrupted.
import { watch } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isServing, migrate, type StartedApi, startApi } from './api.ts';
import { ensureBuilt, isCurrent, runCommand, SOURCE_FOLDERS } from './build.ts';
import { bringUpPostgres, bringUpRedis, checkEnvironment, readLocalEnv } from './environment.ts';
import { makeKey } from './key.ts';
import { holdsProducts, seedCatalogue } from './seed-catalogue.ts';
import type { Services } from './services.ts';
import { complain, grouped, ROOT, say } from './terminal.ts';

const PRODUCTS = 10_000;
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
    // Addresses of the user's own servers hold the user's passwords.
    const shownDatabase = env.databaseUrl === undefined ? `'${databaseUrl}'` : '"$DATABASE_URL"';
    announce(api.url, shownDatabase, env.redisUrl ? '"$REDIS_URL"' : redis.url, made?.key);
  }
  if (isWatching) return keepRestarting(api, services, () => startApi(env, services, settings));
  const { code, signal } = await api.exited;
  // As a shell passes on how a program has ended.
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
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

/**
 * @param databaseUrl as an argument of a shell command
 * @param redisUrl the same; empty for none
 * @param key one that was made for this run: it is shown here and nowhere else
 */
function announce(url: string, databaseUrl: string, redisUrl: string, key: string | undefined): void {
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
