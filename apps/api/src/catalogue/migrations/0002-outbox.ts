import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every change of the catalogue leaves a row in the outbox, in its own transaction, whoever makes it: the API, psql, a
 * bulk load. Triggers fire once a statement, so a change of 100,000 rows costs one insert of 100,000 rows more.
 *
 * A product that comes, goes or moves changes its category too, whose answer counts its products.
 */
export class Outbox1700000000002 implements MigrationInterface {
  readonly name = 'Outbox1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [TABLE, BY_TRANSACTION, BY_KEY, RECORD_PRODUCTS, RECORD_CATEGORIES])
      await runner.query(statement);
    for (const [table, recorder] of RECORDERS) {
      await runner.query(trigger(table, recorder, 'INSERT', 'NEW TABLE AS changed'));
      await runner.query(trigger(table, recorder, 'UPDATE', 'OLD TABLE AS former NEW TABLE AS changed'));
      await runner.query(trigger(table, recorder, 'DELETE', 'OLD TABLE AS former'));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, recorder] of RECORDERS) {
      for (const event of ['insert', 'update', 'delete']) {
        await runner.query(`DROP TRIGGER record_${event} ON ${table}`);
      }
      await runner.query(`DROP FUNCTION ${recorder}`);
    }
    await runner.query('DROP TABLE outbox');
  }
}

const RECORDERS = [
  ['products', 'record_product_changes'],
  ['categories', 'record_category_changes'],
] as const;

const TABLE = `
  CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`;

const BY_TRANSACTION = 'CREATE INDEX outbox_by_transaction ON outbox (transaction, id)';
const BY_KEY = 'CREATE INDEX outbox_by_key ON outbox (key, version)';

/**
 * A row keeps the version that it got when it was written. A deletion has no row to keep one, and a category gets one
 * for a change of its products: theirs are dealt out here, after every lock that the statement had to wait for.
 *
 * Joins with the changed rows are planned anew each time (EXECUTE): a plan that was kept from a change of one row
 * compares every row with every other in a change of 100,000.
 */
const RECORD_PRODUCTS = `
  CREATE FUNCTION record_product_changes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      -- An insert that waited for the deletion of the same id took its version before the deletion took one.
      EXECUTE $sql$
        UPDATE products SET stock = products.stock FROM changed
        WHERE products.id = changed.id AND EXISTS (
          SELECT FROM outbox WHERE outbox.key = 'product:' || changed.id AND outbox.version > changed.version
        )
      $sql$;
      INSERT INTO outbox (key, version) SELECT 'product:' || id, version FROM changed;
      INSERT INTO outbox (key, version)
      SELECT 'category:' || category_id, nextval('catalogue_version')
      FROM (SELECT DISTINCT category_id FROM changed) AS grown;
    ELSIF TG_OP = 'UPDATE' THEN
      INSERT INTO outbox (key, version) SELECT 'product:' || id, version FROM changed;
      EXECUTE $sql$
        INSERT INTO outbox (key, version)
        SELECT 'product:' || former.id, nextval('catalogue_version')
        FROM former WHERE NOT EXISTS (SELECT FROM changed WHERE changed.id = former.id)
      $sql$;
      EXECUTE $sql$
        INSERT INTO outbox (key, version)
        SELECT 'category:' || category_id, nextval('catalogue_version')
        FROM (
        SELECT former.category_id FROM former LEFT JOIN changed USING (id)
        WHERE former.category_id IS DISTINCT FROM changed.category_id
        UNION
        SELECT changed.category_id FROM changed LEFT JOIN former USING (id)
        WHERE former.category_id IS DISTINCT FROM changed.category_id
        ) AS moved
      $sql$;
    ELSE
      INSERT INTO outbox (key, version) SELECT 'product:' || id, nextval('catalogue_version') FROM former;
      INSERT INTO outbox (key, version)
      SELECT 'category:' || category_id, nextval('catalogue_version')
      FROM (SELECT DISTINCT category_id FROM former) AS shrunk;
    END IF;
    NOTIFY hotshelf_outbox;
    RETURN NULL;
  END $$`;

const RECORD_CATEGORIES = `
  CREATE FUNCTION record_category_changes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO outbox (key, version) SELECT 'category:' || id, version FROM changed;
    END IF;
    IF TG_OP = 'UPDATE' THEN
      INSERT INTO outbox (key, version)
      SELECT 'category:' || former.id, nextval('catalogue_version')
      FROM former WHERE NOT EXISTS (SELECT FROM changed WHERE changed.id = former.id);
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO outbox (key, version) SELECT 'category:' || id, nextval('catalogue_version') FROM former;
    END IF;
    NOTIFY hotshelf_outbox;
    RETURN NULL;
  END $$`;

function trigger(table: string, recorder: string, event: string, transition: string): string {
  return `
    CREATE TRIGGER record_${event.toLowerCase()} AFTER ${event} ON ${table}
    REFERENCING ${transition} FOR EACH STATEMENT EXECUTE FUNCTION ${recorder}()`;
}
