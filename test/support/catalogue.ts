import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { readConfig } from '#libs/config';
import { migrateCatalogue } from '#src/apps/api/src/catalogue/migrations/index';

/** A database of a test file's own, migrated and filled, in the Postgres that all files share. */
export interface Catalogue {
  readonly url: string;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Holds a table so that not even reads get at it, until the returned function is called (again does no harm). */
  lock(table: string): Promise<() => Promise<void>>;
  /** Runs a statement in a transaction that stays open until the returned function is called (again does no harm). */
  hold(statement: string): Promise<() => Promise<void>>;
  drop(): Promise<void>;
}

function sharedPostgres(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (url === undefined)
    throw new Error('run the tests with `npm test`, or `npm test -- <files>` for some of them');
  return url;
}

/** The database that all files copy: to migrate one for each would take the time of a test. */
const TEMPLATE = 'migrated';

/** Makes the template. Afterwards no session may stay in it: Postgres copies no database that is in use. */
export async function makeTemplate(server: string): Promise<void> {
  await onPostgres(server, `DROP DATABASE IF EXISTS ${TEMPLATE}`);
  await onPostgres(server, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(addressIn(server, TEMPLATE));
}

const migrate = (url: string) => migrateCatalogue(readConfig({ DATABASE_URL: url }).database);

function addressIn(server: string, database: string): string {
  const address = new URL(server);
  address.pathname = `/${database}`;
  return address.href;
}

async function onPostgres(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(text).finally(() => client.end());
}

const FILL = `
  WITH category AS (INSERT INTO categories (id, name) VALUES ('cat-test', 'Test') RETURNING id)
  INSERT INTO products (id, name, price, stock, category_id)
  SELECT 'prod-' || n, 'Product ' || n, (n % 1000) + 0.99, n, category.id
  FROM generate_series(0, $1::int - 1) AS n, category`;

/**
 * @param products how many there are: prod-0, prod-1 …
 * @param server the Postgres that it is made in; default: the one that all files share
 */
export async function createCatalogue(products = 100, server = sharedPostgres()): Promise<Catalogue> {
  const hasTemplate = server === process.env.TEST_POSTGRES_URL;
  const catalogue = await createDatabase(server, hasTemplate ? TEMPLATE : undefined);
  if (!hasTemplate) await migrate(catalogue.url);
  await catalogue.sql(FILL, [products]);
  // A catalogue that has been there for long: nothing of it is news to the relay.
  await catalogue.sql('DELETE FROM outbox');
  // Nor was anything pruned: a transaction of another database that is open would make that news to every watermark.
  await catalogue.sql(`UPDATE outbox_state SET pruned_below = '0'`);
  return catalogue;
}

/**
 * A database of a test file's own.
 *
 * @param server the Postgres that it is made in; default: the one that all files share
 * @param template what it is a copy of; default: it is empty
 */
export async function createDatabase(server = sharedPostgres(), template?: string): Promise<Catalogue> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onPostgres(server, `CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
  const url = addressIn(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // A connection that a test, or the end of one, cuts off is no news; unheard, it ends the process.
  pool.on('error', () => undefined);
  const hold = async (statement: string) => {
    const client = await pool.connect();
    await client.query(`BEGIN; ${statement}`);
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      await client.query('COMMIT');
      client.release();
    };
  };
  return {
    url,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    lock: (table) => hold(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`),
    hold,
    drop: async () => {
      await pool.end();
      await onPostgres(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
