import { setImmediate as turn } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CATEGORIES, productOf } from './seeded-products.ts';

/** Bounds the memory that Postgres uses for one statement; also a step of the progress. */
const BATCH_ROWS = 20_000;
/** After so many, the socket is looked at: it takes a statement of a batch in several parts. */
const ROWS_A_TURN = 500;

/** The columns of a row, none of them NULL. */
type Row = Readonly<Record<string, string | number>>;

const UNIQUE_VIOLATION = '23505';

interface SeedOptions {
  /** A database whose schema is up to date. */
  readonly databaseUrl: string;
  /** prod-0 to prod-(products - 1). */
  readonly products: number;
  /** Called before every step, and at the end, with the number of products that are done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Makes sure that the catalogue holds the seeded categories and products: all of them or, if it fails or is interrupted,
 * nothing new. Rows that exist are left untouched, so that running it again changes nothing.
 *
 * The products are copied as if none of them was there, which is faster than to insert those that are missing. The first one that is
 * there ends it; then it begins again, and inserts.
 *
 * @returns how many products were added, and how many were there
 * @throws Error if the database refuses
 */
export function seedCatalogue({ databaseUrl, products, onProgress = () => undefined }: SeedOptions) {
  return withClient(databaseUrl, async (client) => {
    const seed = async (add: typeof copy) => {
      await client.query('BEGIN');
      const categories = CATEGORIES.map(({ id, name }) => ({ id, name }));
      await insertMissing(client, 'categories', categories);
      const added = await addProducts(products, onProgress, (rows) => add(client, 'products', rows));
      await client.query('COMMIT');
      return added;
    };
    const added = await seed(copy).catch(async (error: unknown) => {
      if (!isAlreadyThere(error)) throw error;
      await client.query('ROLLBACK');
      return seed(insertMissing);
    });
    onProgress(products);
    // Without it the planner takes the table for empty until the autovacuum comes by.
    if (added > 0) await client.query('ANALYZE products');
    return { added, present: products - added };
  });
}

/** @returns how many were added */
async function addProducts(
  products: number,
  onProgress: (done: number) => void,
  add: (rows: Row[]) => Promise<number>,
): Promise<number> {
  let added = 0;
  let rows = await productsFrom(0, products);
  for (let from = 0; from < products; from += BATCH_ROWS) {
    onProgress(from);
    // Postgres adds these while the next ones are made.
    const [count, next] = await Promise.all([add(rows), productsFrom(from + BATCH_ROWS, products)]);
    added += count;
    rows = next;
  }
  return added;
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

/** @returns a batch of the products from this number on, below the other */
async function productsFrom(from: number, end: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let k = from; k < Math.min(from + BATCH_ROWS, end); k += 1) {
    if (rows.length % ROWS_A_TURN === 0) await turn();
    rows.push(productOf(k));
  }
  return rows;
}

/** @returns how many of the rows were added; the ids of the others were there already */
async function insertMissing(client: Client, table: string, rows: Row[]): Promise<number> {
  const columns = columnsOf(rows);
  const { rowCount } = await client.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(rows)],
  );
  return rowCount ?? 0;
}

/** @throws DatabaseError if the id of one of the rows is there already */
function copy(client: Client, table: string, rows: Row[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(`COPY ${table} (${columnsOf(rows)}) FROM STDIN`));
    stream.on('error', reject).once('finish', () => resolve(stream.rowCount));
    stream.end(rows.map(lineOf).join(''));
  });
}

const columnsOf = ([row = {}]: Row[]) => Object.keys(row).join();

/** In the text format of COPY. No text of the seed has a character that it would escape. */
const lineOf = (row: Row) => `${Object.values(row).join('\t')}\n`;

function isAlreadyThere(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION;
}
