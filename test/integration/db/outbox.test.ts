import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

interface Row {
  key: string;
  version: string;
}

describe('the outbox', () => {
  let catalogue: Catalogue;

  const keys = async () =>
    (await catalogue.sql<Row>('SELECT key FROM outbox ORDER BY id')).map(({ key }) => key);
  const version = async (key: string) =>
    Number(
      (await catalogue.sql<Row>('SELECT max(version) AS version FROM outbox WHERE key = $1', [key]))[0]
        ?.version,
    );

  before(async () => {
    catalogue = await createCatalogue(10);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('other', 'Other')`);
  });
  beforeEach(() => catalogue.sql('DELETE FROM outbox'));
  after(() => catalogue.drop());

  it('has a row for every product that a statement changes, of the version that the product has then', async () => {
    await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id IN ('prod-1', 'prod-2')`);
    assert.deepEqual((await keys()).sort(), ['product:prod-1', 'product:prod-2']);
    const [row] = await catalogue.sql<Row>(`SELECT version FROM products WHERE id = 'prod-1'`);
    assert.equal(await version('product:prod-1'), Number(row?.version));
  });

  it('has a row for a product that comes or goes, and for its category, which counts them', async () => {
    const insert = `INSERT INTO products (id, name, price, stock, category_id) VALUES ('x', 'X', 1, 1, 'other')`;
    await catalogue.sql(insert);
    assert.deepEqual(await keys(), ['product:x', 'category:other']);
    const inserted = await version('product:x');
    await catalogue.sql(`DELETE FROM products WHERE id = 'x'`);
    assert.deepEqual((await keys()).slice(2), ['product:x', 'category:other']);
    assert.ok((await version('product:x')) > inserted);
  });

  it('has a row for both categories of a product that moves, and for none when it stays', async () => {
    await catalogue.sql(`UPDATE products SET category_id = 'other' WHERE id = 'prod-3'`);
    assert.deepEqual((await keys()).sort(), ['category:cat-test', 'category:other', 'product:prod-3']);
    await catalogue.sql('DELETE FROM outbox');
    await catalogue.sql(`UPDATE products SET category_id = 'other' WHERE id = 'prod-3'`);
    assert.deepEqual(await keys(), ['product:prod-3']);
  });

  it('has a row for the group of all, and for no category, when a product of none comes or goes', async () => {
    await catalogue.sql(`INSERT INTO products (id, name, price, stock) VALUES ('free', 'Free', 1, 1)`);
    await catalogue.sql(`UPDATE products SET stock = 2 WHERE id = 'free'`);
    assert.deepEqual(await keys(), ['product:free', 'category:*', 'product:free']);
    await catalogue.sql('DELETE FROM outbox');
    await catalogue.sql(`UPDATE products SET category_id = 'other' WHERE id = 'free'`);
    await catalogue.sql(`UPDATE products SET category_id = NULL WHERE id = 'free'`);
    assert.deepEqual([...new Set(await keys())].sort(), ['category:*', 'category:other', 'product:free']);
    await catalogue.sql('DELETE FROM outbox');
    await catalogue.sql(`DELETE FROM products WHERE id = 'free'`);
    assert.deepEqual(await keys(), ['product:free', 'category:*']);
  });

  it('has a row for both ids of a product that is renamed', async () => {
    await catalogue.sql(`UPDATE products SET id = 'renamed' WHERE id = 'prod-4'`);
    const all = await keys();
    assert.ok(all.includes('product:renamed') && all.includes('product:prod-4'));
  });

  it('has a row for a category that changes', async () => {
    await catalogue.sql(`UPDATE categories SET name = 'Renamed' WHERE id = 'other'`);
    assert.deepEqual(await keys(), ['category:other']);
  });

  it('has nothing of a transaction that was rolled back', async () => {
    await catalogue.sql(`BEGIN; UPDATE products SET stock = 0; ROLLBACK`);
    assert.deepEqual(await keys(), []);
  });

  it('gives a product that is deleted and at once made again a greater version, however the two interleave', async () => {
    const [deleter, inserter] = [new pg.Client(catalogue.url), new pg.Client(catalogue.url)];
    await Promise.all([deleter.connect(), inserter.connect()]);
    await deleter.query(`BEGIN; DELETE FROM products WHERE id = 'prod-5'`);
    const inserted = inserter.query(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('prod-5', 'Again', 1, 1, 'cat-test')`,
    );
    // A version of the deletion's that is greater than the one that the waiting insert already has.
    await deleter.query(`SELECT nextval('catalogue_version')`);
    await deleter.query(
      `UPDATE outbox SET version = nextval('catalogue_version') WHERE key = 'product:prod-5'`,
    );
    await deleter.query('COMMIT');
    await inserted;
    const [row] = await catalogue.sql<Row>(`SELECT version FROM products WHERE id = 'prod-5'`);
    assert.equal(await version('product:prod-5'), Number(row?.version));
    await Promise.all([deleter.end(), inserter.end()]);
  });

  it('costs a bulk change of 100,000 rows little', async (context) => {
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id)
       SELECT 'bulk-' || n, 'Bulk', 1, 1, 'other' FROM generate_series(1, 100000) n`,
    );
    await catalogue.sql('DELETE FROM outbox');
    const timed = async () => {
      const startMs = performance.now();
      await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id LIKE 'bulk-%'`);
      return performance.now() - startMs;
    };
    const withMs = await timed();
    assert.equal((await keys()).length, 100_000);
    await catalogue.sql('ALTER TABLE products DISABLE TRIGGER record_update');
    const withoutMs = await timed();
    await catalogue.sql('ALTER TABLE products ENABLE TRIGGER record_update');
    context.diagnostic(`${Math.round(withMs)} ms with the outbox, ${Math.round(withoutMs)} ms without`);
  });
});
