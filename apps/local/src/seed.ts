// npm run seed
import { migrate } from './api.ts';
import { runOnDatabase } from './command.ts';
import { type CommandSpec, commandLine, USAGE_ERROR } from './command-line.ts';
import { seedCatalogue } from './seed-catalogue.ts';
import { complain, grouped, say } from './terminal.ts';

const DEFAULT_PRODUCTS = 10_000;
const MAX_PRODUCTS = 10_000_000;

/** A line each time so many more are done. */
const LINE_EVERY = 100_000;

const OPTIONS = { products: { type: 'string', default: String(DEFAULT_PRODUCTS) } } as const;

const SEED: CommandSpec<typeof OPTIONS> = {
  options: OPTIONS,
  usage: `npm run seed [-- --products N]

Fills the catalogue with categories and the products prod-0, prod-1, …: the same ones on every machine, in one
transaction. Rows that exist are not changed, so running it again changes nothing.

  --products N   number of products: 1 to ${grouped(MAX_PRODUCTS)}, by default ${grouped(DEFAULT_PRODUCTS)}
  --help         this text

DATABASE_URL names the Postgres to fill. Without it: the one that a running \`npm start\` has started, or else one that
runs for the duration.`,
};

const text = commandLine(SEED).values.products;
const products = /^\d{1,9}$/.test(text) ? Number(text) : 0;
if (products < 1 || products > MAX_PRODUCTS) {
  complain(`--products must be a whole number from 1 to ${MAX_PRODUCTS}; it is ${JSON.stringify(text)}.`);
  process.exit(USAGE_ERROR);
}

await runOnDatabase(SEED, async ({ env, services, databaseUrl }) => {
  await migrate(env, services, databaseUrl);
  const startedAt = performance.now();
  const onProgress = (done: number) => {
    if (done > 0 && done % LINE_EVERY === 0) say(`${grouped(done)} of ${grouped(products)} products`);
  };
  const { added, present } = await seedCatalogue({ databaseUrl, products, onProgress });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  say(`Products added: ${grouped(added)}, there already: ${grouped(present)} (${seconds} s).`);
});
