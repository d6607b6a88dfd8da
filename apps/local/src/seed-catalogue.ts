import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CATEGORIES, productOf, type SeedProduct } from './seed-products.ts';

/** Bounds the memory that Postgres uses for one statement; also a step of the progress. */
const BATCH_ROWS = 20_000;

/** A row at a time through a stream would cost more than making it. */
const ROWS_PER_CHUNK = 1_000;

/** The columns of `copyLine`, in its order. */
export const COPIED_COLUMNS = 'id, name, price, stock, category_id, last_updated';

export interface SeedOptions {
  /** A database whose schema is up to date. */
  readonly databaseUrl: string;
  /** prod-0 to prod-(products - 1). */
  readonly products: number;
  /** Called before every step, and at the end, with the number of products that are done. */
  readonly onProgress?: (done: number) => void;
}

export interface Seeded {
  readonly added: number;
  readonly present: number;
}

/**
 * Makes sure that the catalogue holds the seeded categories and products: all of them or, if it fails or is interrupted,
 * nothing new. Rows that exist are left untouched, so that running it again changes nothing.
 *
 * @throws Error if the database refuses
 */
export async function seedCatalogue({ databaseUrl, products, onProgress }: SeedOptions): Promise<Seeded> {
  const client = await connect(databaseUrl);
  try {
    await client.query('BEGIN');
    await addCategories(client);
    // COPY cannot skip rows that exist, so it goes through a table of the transaction's own.
    await client.query(`
      CREATE TEMPORARY TABLE seeded (
        id text COLLATE "C", name text, price numeric, stock integer, category_id text COLLATE "C",
        last_updated timestamptz
      ) ON COMMIT DROP`);
    let added = 0;
    for (let from = 0; from < products; from += BATCH_ROWS) {
      onProgress?.(from);
      added += await addProducts(client, from, Math.min(from + BATCH_ROWS, products));
    }
    await client.query('COMMIT');
    onProgress?.(products);
    // Without it the planner takes the table for empty until the autovacuum comes by.
    if (added > 0) await client.query('ANALYZE products');
    return { added, present: products - added };
  } finally {
    await client.end();
  }
}

/** Whether the catalogue holds any product. */
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
  await client.query(
    `INSERT INTO categories (id, name) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (id) DO NOTHING`,
    [CATEGORIES.map(({ id }) => id), CATEGORIES.map(({ name }) => name)],
  );
}

/** @returns how many of the products `from` to `to`, the latter not included, were added */
async function addProducts(client: Client, from: number, to: number): Promise<number> {
  await client.query('TRUNCATE seeded');
  await pipeline(
    Readable.from(chunksOf(from, to)),
    client.query(copyFrom(`COPY seeded (${COPIED_COLUMNS}) FROM STDIN`)),
  );
  const added = await client.query(`
    INSERT INTO products (${COPIED_COLUMNS}) SELECT ${COPIED_COLUMNS} FROM seeded
    ON CONFLICT (id) DO NOTHING`);
  return added.rowCount ?? 0;
}

function* chunksOf(from: number, to: number): Generator<string> {
  for (let start = from; start < to; start += ROWS_PER_CHUNK) {
    let chunk = '';
    for (let k = start; k < Math.min(to, start + ROWS_PER_CHUNK); k += 1) chunk += copyLine(productOf(k));
    yield chunk;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A product as a line of COPY's text format. */
export function copyLine({ id, name, price, stock, categoryId, lastUpdated }: SeedProduct): string {
  const escaped = name.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
  return `${id}\t${escaped}\t${price}\t${stock}\t${categoryId}\t${lastUpdated.toISOString()}\n`;
}
