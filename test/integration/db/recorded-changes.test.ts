import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

interface Row {
  readonly key: string;
  readonly version: string;
  readonly kind: string;
  readonly groups: string[] | null;
}

const INSERT = `INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, 'New', 1, 1, 'cat-test')`;

describe('the triggers of the catalogue', () => {
  let catalogue: Catalogue;

  const recorded = () => catalogue.sql<Row>('SELECT key, version, kind, groups FROM outbox ORDER BY id');
  const named = async () => (await recorded()).map(({ key, kind }) => `${kind} ${key}`);
  const versionOf = async (id: string) =>
    Number((await catalogue.sql<Row>('SELECT version FROM products WHERE id = $1', [id]))[0]?.version);
  const session = async (...settings: string[]) => {
    const client = new pg.Client(catalogue.url);
    await client.connect();
    for (const setting of settings) await client.query(setting);
    return client;
  };

  before(async () => {
    catalogue = await createCatalogue(20);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('other', 'Other')`);
  });
  beforeEach(() => catalogue.sql('DELETE FROM outbox'));
  after(() => catalogue.drop());

  it('record with a category’s row that it is derived, and whose lists are stale', async () => {
    await catalogue.sql(INSERT, ['made']);
    const [row, category] = await recorded();
    assert.deepEqual([row?.kind, row?.groups], ['row', []]);
    assert.equal(category?.kind, 'derived');
    assert.deepEqual(category?.groups, ['category:*', 'category:cat-test']);
  });

  it('record a derived answer once in a transaction, however many statements change it', async () => {
    const client = await session('BEGIN');
    for (let n = 0; n < 5; n += 1) await client.query(INSERT, [`once-${n}`]);
    await client.query('COMMIT');
    await client.end();
    assert.equal((await named()).filter((name) => name === 'derived category:cat-test').length, 1);
  });

  it('stamp an insert whatever version it comes with', async () => {
    const before = await versionOf('prod-1');
    for (const version of ['3', '9007199254740993', '-1']) {
      await catalogue.sql(
        `INSERT INTO products (id, name, price, stock, version) VALUES ('stamped', 'S', 1, 1, $1)`,
        [version],
      );
      const stamped = await versionOf('stamped');
      assert.ok(stamped > before && stamped < 1_000_000, String(stamped));
      await catalogue.sql(`DELETE FROM products WHERE id = 'stamped'`);
    }
  });

  it('leave the version and the date of a row that an update does not change', async () => {
    const state = () => catalogue.sql(`SELECT version, last_updated FROM products WHERE id = 'prod-2'`);
    const before = await state();
    await catalogue.sql(`UPDATE products SET stock = stock, name = name WHERE id = 'prod-2'`);
    assert.deepEqual(await state(), before);
  });

  it('go on above a version that was imported while they were disabled, also after the row is made again', async () => {
    await catalogue.sql('ALTER TABLE products DISABLE TRIGGER stamp_insert');
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, version) VALUES ('ahead', 'A', 1, 1, 900000)`,
    );
    await assert.rejects(
      catalogue.sql(
        `INSERT INTO products (id, name, price, stock, version) VALUES ('beyond', 'B', 1, 1, ${2 ** 52})`,
      ),
      /products_version_range/,
    );
    await catalogue.sql('ALTER TABLE products ENABLE ALWAYS TRIGGER stamp_insert');
    await catalogue.sql(`UPDATE products SET stock = 2 WHERE id = 'ahead'`);
    assert.equal(await versionOf('ahead'), 900_001);
    await catalogue.sql(`DELETE FROM products WHERE id = 'ahead'`);
    const removed = (await recorded()).find(({ kind }) => kind === 'removed');
    await catalogue.sql(INSERT, ['ahead']);
    assert.ok((await versionOf('ahead')) > Number(removed?.version));
  });

  it('stamp an insert again that waited for a deletion which its snapshot does not see', async () => {
    const inserter = await session('BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT FROM products');
    const deleter = await session('BEGIN', `DELETE FROM products WHERE id = 'prod-3'`);
    const inserted = inserter.query(INSERT, ['prod-3']);
    await until('the insert waits', async () => {
      const rows = await catalogue.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    // As if another change of the deleting transaction had been versioned last.
    await deleter.query(
      `UPDATE outbox SET version = nextval('catalogue_version') WHERE key = 'product:prod-3'`,
    );
    await deleter.query('COMMIT');
    await inserted;
    await inserter.query('COMMIT');
    const removed = (await recorded()).find(({ kind }) => kind === 'removed');
    assert.ok((await versionOf('prod-3')) > Number(removed?.version));
    await Promise.all([inserter.end(), deleter.end()]);
  });

  it('record in the replica role what they record otherwise', async () => {
    const changes = [
      `UPDATE products SET stock = stock + 1 WHERE id = 'prod-4'`,
      `UPDATE products SET category_id = 'other' WHERE id = 'prod-4'`,
      `UPDATE products SET id = 'renamed' WHERE id = 'prod-4'`,
      `DELETE FROM products WHERE id = 'renamed'`,
      `INSERT INTO products (id, name, price, stock) VALUES ('free', 'Free', 1, 1)`,
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('prod-4', 'P', 1, 1, 'cat-test')`,
      `UPDATE categories SET name = name || '.' WHERE id = 'other'`,
      `DELETE FROM products WHERE id = 'free'`,
    ];
    const inRole = async (role: string) => {
      const client = await session(`SET session_replication_role = ${role}`);
      const all: string[][] = [];
      for (const change of changes) {
        await catalogue.sql('DELETE FROM outbox');
        await client.query(change);
        all.push([...new Set(await named())].sort());
      }
      await client.end();
      return all;
    };
    const usual = await inRole('origin');
    assert.deepEqual(await inRole('replica'), usual);
    assert.ok(usual.every((names) => names.length > 0));
  });

  it('record nothing twice where all of them were enabled again after an import', async () => {
    await catalogue.sql('ALTER TABLE categories DISABLE TRIGGER USER');
    await catalogue.sql('ALTER TABLE categories ENABLE TRIGGER USER');
    await catalogue.sql(`UPDATE categories SET name = 'Twice' WHERE id = 'other'`);
    assert.deepEqual(await named(), ['derived category:other']);
  });

  it('let a change be prepared in two phases', async () => {
    const client = await session('BEGIN', `UPDATE products SET stock = 7 WHERE id = 'prod-5'`);
    await client.query(`PREPARE TRANSACTION 'recorded-changes'`);
    assert.deepEqual(await named(), []);
    await client.query(`COMMIT PREPARED 'recorded-changes'`);
    assert.deepEqual(await named(), ['row product:prod-5']);
    await client.end();
  });

  it('work for a role that may write to the catalogue alone, with an empty search_path or a hostile one', async () => {
    await catalogue.sql(`DROP ROLE IF EXISTS recorded_changes_writer`);
    await catalogue.sql(`CREATE ROLE recorded_changes_writer`);
    await catalogue.sql('CREATE SCHEMA hostile');
    await catalogue.sql('CREATE TABLE hostile.outbox (LIKE outbox INCLUDING DEFAULTS)');
    await catalogue.sql(`GRANT ALL ON SCHEMA hostile TO recorded_changes_writer`);
    await catalogue.sql(
      'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON products, categories TO recorded_changes_writer',
    );
    for (const path of [`''`, 'hostile, pg_catalog']) {
      const client = await session('SET ROLE recorded_changes_writer', `SET search_path = ${path}`);
      await client.query(
        `INSERT INTO public.products (id, name, price, stock, category_id) VALUES ('by-role', 'R', 1, 1, 'cat-test')`,
      );
      await client.query(`UPDATE public.products SET stock = 2, id = 'by-role-2' WHERE id = 'by-role'`);
      await client.query(`DELETE FROM public.products WHERE id = 'by-role-2'`);
      await client.query(`UPDATE public.categories SET name = name || '.' WHERE id = 'other'`);
      await client.query('BEGIN; TRUNCATE public.products; ROLLBACK');
      await assert.rejects(client.query('DELETE FROM public.outbox'), /permission denied/);
      await client.end();
      assert.ok((await named()).includes('removed product:by-role-2'));
      await catalogue.sql('DELETE FROM outbox');
    }
    assert.deepEqual(await catalogue.sql('SELECT * FROM hostile.outbox'), []);
    await catalogue.sql(
      'DROP SCHEMA hostile CASCADE; DROP OWNED BY recorded_changes_writer; DROP ROLE recorded_changes_writer',
    );
  });

  it('call no operator and no function of a hostile search_path', async () => {
    await catalogue.sql(`DROP ROLE IF EXISTS hostile_writer`);
    await catalogue.sql(`CREATE ROLE hostile_writer; CREATE SCHEMA traps AUTHORIZATION hostile_writer;
      GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON products, categories TO hostile_writer;
      GRANT USAGE ON SEQUENCE catalogue_version TO hostile_writer`);
    const client = await session('SET ROLE hostile_writer', `SET search_path = ''`);
    // What they do is done with the rights of the one who made the triggers.
    for (const type of ['text', 'bigint', 'boolean'])
      await client.query(`CREATE FUNCTION traps.trap(${type}, ${type}) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'trapped'; END $$`);
    for (const name of ['=', '<>', '<', '>', '>=', '-', '||'])
      for (const type of ['text', 'bigint', 'boolean'])
        await client.query(
          `CREATE OPERATOR traps.${name} (LEFTARG = ${type}, RIGHTARG = ${type}, FUNCTION = traps.trap)`,
        );
    for (const call of [
      'nextval(text)',
      'min(bigint)',
      'max(bigint)',
      'current_setting(text)',
      'clock_timestamp()',
    ])
      await client.query(`CREATE FUNCTION traps.${call} RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'trapped'; END $$`);
    await client.query('SET search_path = traps, pg_catalog');
    await assert.rejects(client.query(`SELECT 'a'::text = 'a'::text`), /trapped/);
    const is = 'OPERATOR(pg_catalog.=)';
    for (const statement of [
      `INSERT INTO public.products (id, name, price, stock, category_id) VALUES ('trap', 'T', 1, 1, 'cat-test')`,
      `UPDATE public.products SET stock = 2 WHERE id ${is} 'trap'`,
      `UPDATE public.products SET id = 'trap-2', category_id = 'other' WHERE id ${is} 'trap'`,
      `DELETE FROM public.products WHERE id ${is} 'trap-2'`,
      `INSERT INTO public.products (id, name, price, stock) VALUES ('trap', 'T', 1, 1)`,
    ])
      await client.query(statement);
    // A version that is drawn between those of a statement makes it look for deletions of the same keys.
    await client.query(`INSERT INTO public.products (id, name, price, stock)
      SELECT id, 'T', 1, 1 FROM (VALUES ('trap-3'), ('trap-4')) AS t (id), LATERAL (SELECT pg_catalog.nextval('public.catalogue_version')) AS drawn`);
    await client.end();
    assert.ok((await named()).includes('row product:trap-4'));
    await catalogue.sql(`DELETE FROM products WHERE id LIKE 'trap%'`);
    await catalogue.sql('DROP OWNED BY hostile_writer CASCADE; DROP ROLE hostile_writer');
  });

  it('load a dump of the data alone, as pg_restore does: an empty search_path, COPY, the sequence last', async () => {
    const restored = await createCatalogue(0);
    await restored.sql('TRUNCATE products, categories');
    await restored.sql('DELETE FROM outbox');
    const client = new pg.Client(restored.url);
    await client.connect();
    await client.query(`SELECT pg_catalog.set_config('search_path', '', false)`);
    for (const table of ['categories', 'products']) {
      const rows = await catalogue.sql<{ line: string }>(
        `SELECT to_jsonb(t)::text AS line FROM ${table} AS t ORDER BY id`,
      );
      // What COPY does with the rows: they go in as they are, and the triggers fire.
      await client.query(
        `INSERT INTO public.${table} SELECT * FROM jsonb_populate_recordset(NULL::public.${table}, $1::jsonb)`,
        [`[${rows.map(({ line }) => line).join()}]`],
      );
    }
    const [sequence] = await catalogue.sql<{ last_value: string }>(
      'SELECT last_value FROM catalogue_version',
    );
    await client.query(`SELECT pg_catalog.setval('public.catalogue_version', $1, true)`, [
      sequence?.last_value,
    ]);
    await client.end();
    const names = (table: string) => `SELECT array_agg(id ORDER BY id) AS ids FROM ${table}`;
    for (const table of ['products', 'categories'])
      assert.deepEqual(await restored.sql(names(table)), await catalogue.sql(names(table)));
    const [outbox] = await restored.sql<{ rows: number }>('SELECT count(*)::int AS rows FROM outbox');
    assert.ok((outbox?.rows ?? 0) >= 18);
    await restored.sql(`UPDATE products SET stock = 99 WHERE id = 'prod-6'`);
    await restored.drop();
  });
});
