import { Client } from 'pg';
import { CATEGORIES } from './category-list.js';
import { addProducts, makeStaging } from './copy-products.js';

/** Bounds what Postgres keeps for one statement, and is a step of the progress. */
const BATCH_ROWS = 20_000;

export interface SeedOptions {
  /** A database whose schema is up to date. */
  readonly databaseUrl: string;
  /** prod-0 to prod-(products - 1). */
  readonly products: number;
  /** Told ahead of every step, and at the end, how many of them are done. */
  readonly onProgress?: (done: number) => void;
}

export interface Seeded {
  readonly added: number;
  readonly present: number;
}

/**
 * Sees to it that the catalogue holds the seeded categories and products, all of them or, where it fails or is
 * interrupted, nothing new. What is there is left untouched, so that running it again changes nothing.
 *
 * @throws where the database refuses
 */
export async function seedCatalogue({ databaseUrl, products, onProgress }: SeedOptions): Promise<Seeded> {
  const client = await connect(databaseUrl);
  try {
    await client.query('BEGIN');
    await addCategories(client);
    await makeStaging(client);
    let added = 0;
    for (const from of await lackingBatches(client, products)) {
      onProgress?.(from);
      added += await addProducts(client, { from, to: Math.min(from + BATCH_ROWS, products) });
    }
    await client.query('COMMIT');
    onProgress?.(products);
    // Without it the planner goes on believing that the table is empty until the autovacuum comes by.
    if (added > 0) await client.query('ANALYZE products');
    return { added, present: products - added };
  } finally {
    await client.end();
  }
}

/** Whether the catalogue holds any product: it was seeded, or is somebody's own. */
export async function holdsProducts(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    const { rows } = await client.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM products) AS any');
    return rows[0]?.any === true;
  } finally {
    await client.end();
  }
}

async function connect(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'hotshelf-seed' });
  // The statement under way rejects with it; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function addCategories(client: Client): Promise<void> {
  const ids = CATEGORIES.map(({ id }) => id);
  const names = CATEGORIES.map(({ name }) => name);
  await client.query(
    `INSERT INTO categories (id, name) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (id) DO NOTHING`,
    [ids, names],
  );
}

/** Where the batches begin that lack a product. What is all there needs no copying: a second seed is done at once. */
async function lackingBatches(client: Client, products: number): Promise<number[]> {
  const { rows } = await client.query<{ from: number }>(
    `SELECT DISTINCT k - k % $2::int AS "from"
     FROM generate_series(0, $1::int - 1) AS k
     WHERE NOT EXISTS (SELECT FROM products WHERE id = 'prod-' || k)
     ORDER BY "from"`,
    [products, BATCH_ROWS],
  );
  return rows.map(({ from }) => from);
}
