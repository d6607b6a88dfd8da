import { Client } from 'pg';
import { CATEGORIES, productOf } from './seed-products.ts';

/** Bounds the memory that Postgres uses for one statement; also a step of the progress. */
const BATCH_ROWS = 20_000;

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
export function seedCatalogue({ databaseUrl, products, onProgress }: SeedOptions): Promise<Seeded> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    const categories = CATEGORIES.map(({ id, name }) => ({ id, name }));
    await addMissing(client, 'categories', 'id, name', categories);
    let added = 0;
    for (let from = 0; from < products; from += BATCH_ROWS) {
      onProgress?.(from);
      const length = Math.min(BATCH_ROWS, products - from);
      const rows = Array.from({ length }, (_, k) => productOf(from + k));
      added += await addMissing(
        client,
        'products',
        'id, name, price, stock, category_id, last_updated',
        rows,
      );
    }
    await client.query('COMMIT');
    onProgress?.(products);
    // Without it the planner takes the table for empty until the autovacuum comes by.
    if (added > 0) await client.query('ANALYZE products');
    return { added, present: products - added };
  });
}

/** Whether the catalogue holds any product. */
export function holdsProducts(databaseUrl: string): Promise<boolean> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM products) AS any');
    return rows[0]?.any === true;
  });
}

async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'hotshelf-seed' });
  // The statement under way rejects with it; without a listener it would end the process as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @returns how many of the rows were added; the ids of the others were there already */
async function addMissing(client: Client, table: string, columns: string, rows: object[]): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(rows)],
  );
  return rowCount ?? 0;
}
