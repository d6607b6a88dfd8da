import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { holdsProducts, seedCatalogue } from '#src/apps/local/src/seed-catalogue';
import { CATEGORIES, productOf } from '#src/apps/local/src/seeded-products';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

/** More than two batches, and not a whole number of them. */
const MANY = 45_000;

describe('seeding the catalogue', () => {
  let catalogue: Catalogue;

  beforeEach(async () => {
    catalogue = await createCatalogue(0);
  });
  afterEach(() => catalogue.drop());

  const seed = (products: number, onProgress?: (done: number) => void) =>
    seedCatalogue({ databaseUrl: catalogue.url, products, ...(onProgress && { onProgress }) });

  /** What every row is and which transaction wrote it: an update changes it even where it changes no value. */
  const fingerprint = async () => {
    const [row] = await catalogue.sql<{ count: number; rows: string }>(
      `SELECT count(*)::int AS count, md5(string_agg(p::text || p.xmin, ',' ORDER BY id)) AS rows
       FROM products AS p`,
    );
    return row;
  };

  it('writes the products as they were invented', async () => {
    assert.deepEqual(await seed(MANY), { added: MANY, present: 0 });
    for (const k of [0, 1, 19_999, 20_000, MANY - 1]) {
      const product = productOf(k);
      const columns = Object.keys(product).join(', ');
      const stored = await catalogue.sql(`SELECT ${columns} FROM products WHERE id = $1`, [product.id]);
      assert.deepEqual(stored, [{ ...product, last_updated: new Date(product.last_updated) }]);
    }
    assert.equal((await fingerprint())?.count, MANY);
  });

  it('writes every category, whatever the number of products', async () => {
    await seed(1);
    const rows = await catalogue.sql(`SELECT id, name FROM categories WHERE id <> 'cat-test' ORDER BY id`);
    assert.deepEqual(
      rows,
      CATEGORIES.map(({ id, name }) => ({ id, name })),
    );
  });

  it('changes nothing when it is run again', async () => {
    await seed(MANY);
    const before = await fingerprint();
    assert.deepEqual(await seed(MANY), { added: 0, present: MANY });
    assert.deepEqual(await fingerprint(), before);
  });

  it('adds what a larger catalogue has more, and touches nothing else', async () => {
    await seed(25_000);
    const before = await catalogue.sql('SELECT id, xmin FROM products ORDER BY id');
    assert.deepEqual(await seed(MANY), { added: MANY - 25_000, present: 25_000 });
    const ids = before.map(({ id }) => id);
    assert.deepEqual(
      await catalogue.sql('SELECT id, xmin FROM products WHERE id = ANY($1) ORDER BY id', [ids]),
      before,
    );
  });

  it('leaves what somebody edited as it is, and puts back what is missing', async () => {
    await seed(100);
    await catalogue.sql(`UPDATE products SET price = 1.23, name = 'Mine' WHERE id = 'prod-7'`);
    await catalogue.sql(`UPDATE categories SET name = 'Ours' WHERE id = 'cat-books'`);
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-8'`);
    assert.deepEqual(await seed(100), { added: 1, present: 99 });
    assert.deepEqual(await catalogue.sql(`SELECT name, price FROM products WHERE id = 'prod-7'`), [
      { name: 'Mine', price: '1.23' },
    ]);
    assert.deepEqual(await catalogue.sql(`SELECT name FROM products WHERE id = 'prod-8'`), [
      { name: productOf(8).name },
    ]);
    assert.deepEqual(await catalogue.sql(`SELECT name FROM categories WHERE id = 'cat-books'`), [
      { name: 'Ours' },
    ]);
  });

  it('leaves nothing behind when it is cut off in the middle', async () => {
    const cutOff = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'hotshelf-seed'`;
    const seeding = seed(MANY, (done) => {
      if (done > 0) void catalogue.sql(cutOff);
    });
    // In which words depends on what was on its way when the cut came; that it fails, and what is left, does not.
    await assert.rejects(seeding);
    assert.deepEqual(await catalogue.sql(`SELECT id FROM categories WHERE id <> 'cat-test'`), []);
    assert.equal(await holdsProducts(catalogue.url), false);
  });

  it('works twice at once', async () => {
    const both = await Promise.all([seed(MANY), seed(MANY)]);
    assert.equal(both[0].added + both[1].added, MANY);
    assert.equal((await fingerprint())?.count, MANY);
  });

  it('reports its progress, up to the end', async () => {
    const reported: number[] = [];
    await seed(MANY, (done) => reported.push(done));
    assert.deepEqual(reported, [0, 20_000, 40_000, MANY]);
  });

  it('knows a catalogue that holds products from one that is empty', async () => {
    assert.equal(await holdsProducts(catalogue.url), false);
    await seed(1);
    assert.equal(await holdsProducts(catalogue.url), true);
  });
});
