import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { readConfig } from '#libs/config';
import { runMigrations } from '#libs/db';

/** A database of a test file's own, migrated and filled, in the Postgres that all files share. */
export interface Catalogue {
  readonly url: string;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Holds a table so that not even reads get at it, until the returned function is called (again does no harm). */
  lock(table: string): Promise<() => Promise<void>>;
  drop(): Promise<void>;
}

function sharedPostgres(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (url === undefined)
    throw new Error('run the tests with `npm test`, or `npm test -- <files>` for some of them');
  return url;
}

async function onSharedPostgres(text: string): Promise<void> {
  const client = new pg.Client(sharedPostgres());
  await client.connect();
  await client.query(text).finally(() => client.end());
}

const FILL = `
  WITH category AS (INSERT INTO categories (id, name) VALUES ('cat-test', 'Test') RETURNING id)
  INSERT INTO products (id, name, price, stock, category_id)
  SELECT 'prod-' || n, 'Product ' || n, (n % 1000) + 0.99, n, category.id
  FROM generate_series(0, $1::int - 1) AS n, category`;

/** @param products how many there are: prod-0, prod-1 … */
export async function createCatalogue(products = 100): Promise<Catalogue> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onSharedPostgres(`CREATE DATABASE ${name}`);
  const address = new URL(sharedPostgres());
  address.pathname = `/${name}`;
  const url = address.href;
  await runMigrations(readConfig({ DATABASE_URL: url }).database);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // Dropping the database cuts off a connection that is still closing; unheard, that would end the test's process.
  pool.on('error', () => {});
  await pool.query(FILL, [products]);
  // A catalogue that has been there for long: nothing of it is news to the relay.
  await pool.query('DELETE FROM outbox');
  return {
    url,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    lock: async (table) => {
      const client = await pool.connect();
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        await client.query('COMMIT');
        client.release();
      };
    },
    drop: async () => {
      await pool.end();
      await onSharedPostgres(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
