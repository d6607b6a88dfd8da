// npm run migrate, seed, flush and openapi: each does one thing and ends.
import { join } from 'node:path';
import { migrate } from './api.ts';
import { runCommand } from './build.ts';
import { commandLine, USAGE_ERROR } from './command-line.ts';
import { bringUpPostgres, checkDatabase, type LocalEnv, readLocalEnv } from './environment.ts';
import { FolderInUse } from './postgres.ts';
import { seedCatalogue } from './seed-catalogue.ts';
import type { Services } from './services.ts';
import { complain, grouped, ROOT, say, shownPath } from './terminal.ts';

const WHICH = `The database is that of DATABASE_URL, else that of the Postgres that a running \`npm start\` has started, else that of
one that runs for the duration.`;

const MIGRATE = `npm run migrate

Brings the schema up to date. ${WHICH}

  --help   this text`;

const DEFAULT_PRODUCTS = 10_000;
const MAX_PRODUCTS = 10_000_000;

const SEED = `npm run seed [-- --products N]

Fills the catalogue with categories and the products prod-0, prod-1, …: the same ones on every machine, in one
transaction. Rows that exist are not changed, so running it again changes nothing.

  --products N   number of products: 1 to ${grouped(MAX_PRODUCTS)}, by default ${grouped(DEFAULT_PRODUCTS)}
  --help         this text

${WHICH}`;

/** A line each time so many more are done. */
const LINE_EVERY = 100_000;

const FLUSH = `npm run flush

Begins a new epoch: every process of every service over the database empties its L1, and Redis is emptied of their
entries, within a second. Run it after a change that no trigger sees, such as one made with triggers disabled.

${WHICH}

  --help   this text`;

const OPENAPI = `npm run openapi

Writes the API's description, as the code has it, to docs/openapi.json. Starts no server.

  --help   this text`;

const JOBS: Readonly<Record<string, () => Promise<never>>> = {
  migrate: () => onDatabase(MIGRATE, migrate),
  seed,
  flush: () => onDatabase(FLUSH, flush),
  openapi: () => runCommand({ usage: OPENAPI, options: {} }, describeApi),
};

const [name = ''] = process.argv.splice(2, 1);
if (JOBS[name] === undefined) {
  complain(`known jobs: ${Object.keys(JOBS).join(', ')}.`);
  process.exit(USAGE_ERROR);
}
await JOBS[name]();

/** Does a job on the database that its usage names. */
function onDatabase(
  usage: string,
  work: (env: LocalEnv, services: Services, databaseUrl: string) => Promise<void>,
  options = {},
): Promise<never> {
  return runCommand({ usage, options }, async (_values, services) => {
    const env = await readLocalEnv();
    await checkDatabase(env);
    const databaseUrl = await bringUpPostgres(env, services).catch((error: unknown) => {
      if (!(error instanceof FolderInUse) || error.running === undefined) throw error;
      say(`Postgres   that of process ${error.running.starter}, which runs on ${shownPath(env.home)}`);
      return error.running.url;
    });
    await work(env, services, databaseUrl);
    return 0;
  });
}

function seed(): Promise<never> {
  const options = { products: { type: 'string', default: String(DEFAULT_PRODUCTS) } } as const;
  const text = commandLine({ usage: SEED, options }).values.products;
  const products = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (products < 1 || products > MAX_PRODUCTS) {
    complain(`--products must be a whole number from 1 to ${MAX_PRODUCTS}; it is ${JSON.stringify(text)}.`);
    process.exit(USAGE_ERROR);
  }
  const onProgress = (done: number) => {
    if (done > 0 && done % LINE_EVERY === 0) say(`${grouped(done)} of ${grouped(products)} products`);
  };
  const work = async (env: LocalEnv, services: Services, databaseUrl: string) => {
    await migrate(env, services, databaseUrl);
    const startedAt = performance.now();
    const { added, present } = await seedCatalogue({ databaseUrl, products, onProgress });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    say(`Products added: ${grouped(added)}, there already: ${grouped(present)} (${seconds} s).`);
  };
  return onDatabase(SEED, work, options);
}

async function flush(_env: LocalEnv, _services: Services, databaseUrl: string): Promise<void> {
  // Not imported above: they are compiled code, and may not be built yet.
  const [{ readConfig }, { flushCaches }] = await Promise.all([import('#libs/config'), import('#libs/db')]);
  await flushCaches(readConfig({ DATABASE_URL: databaseUrl }).database);
  say('A new epoch has begun: every process empties its caches within a second.');
}

async function describeApi(): Promise<number> {
  const file = join(ROOT, 'dist/apps/api/src/openapi.js');
  process.argv = [process.execPath, file, join(ROOT, 'docs/openapi.json')];
  await import(file);
  return 0;
}
