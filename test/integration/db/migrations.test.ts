import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { runMigrations } from '#libs/db';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

describe('the schema', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());

  it('is brought up to date once, however many processes start at the same time', async () => {
    const { database } = readConfig({ DATABASE_URL: catalogue.url });
    await catalogue.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const runs = await Promise.all([1, 2, 3].map(() => runMigrations(database)));
    assert.equal(runs.filter((ran) => ran.length > 0).length, 1);
    assert.deepEqual(await runMigrations(database), []);
  });

  it('gives every change a greater version, whoever makes it', async () => {
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('c', 'C')`);
    const [inserted] = await catalogue.sql<{ version: string }>(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('p', 'P', 1, 1, 'c') RETURNING version`,
    );
    const [updated] = await catalogue.sql<{ version: string }>(
      `UPDATE products SET stock = 2 WHERE id = 'p' RETURNING version`,
    );
    assert.ok(Number(updated?.version) > Number(inserted?.version));
  });

  it('dates every change, also one that forgets to', async () => {
    const [before] = await catalogue.sql<{ last_updated: Date }>(
      `SELECT last_updated FROM products WHERE id = 'p'`,
    );
    const [after] = await catalogue.sql<{ last_updated: Date }>(
      `UPDATE products SET stock = 3 WHERE id = 'p' RETURNING last_updated`,
    );
    assert.ok(before !== undefined && after !== undefined && after.last_updated > before.last_updated);
  });

  it('refuses stock below 0 and prices that are not above 0', async () => {
    await assert.rejects(catalogue.sql(`UPDATE products SET stock = -1 WHERE id = 'p'`), /stock/);
    await assert.rejects(catalogue.sql(`UPDATE products SET price = 0 WHERE id = 'p'`), /price/);
  });
});
