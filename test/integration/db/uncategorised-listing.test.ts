import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

describe('a product of no category', () => {
  let catalogue: Catalogue;

  const listingRows = async () => (await catalogue.sql(`SELECT FROM outbox WHERE key = 'category:*'`)).length;

  before(async () => {
    catalogue = await createCatalogue(10);
    await catalogue.sql(`INSERT INTO products (id, name, price, stock) VALUES ('none-1', 'None', 1, 1)`);
  });
  beforeEach(() => catalogue.sql('DELETE FROM outbox'));
  after(() => catalogue.drop());

  it('that comes leaves a row for the group of all', async () => {
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock) SELECT 'none-' || n, 'None', 1, 1 FROM generate_series(2, 9) n`,
    );
    assert.equal(await listingRows(), 1);
  });

  it('that goes does too', async () => {
    await catalogue.sql(`DELETE FROM products WHERE id IN ('none-8', 'prod-8')`);
    assert.equal(await listingRows(), 1);
  });

  it('that gets another id does too', async () => {
    await catalogue.sql(`UPDATE products SET id = 'none-77' WHERE id = 'none-7'`);
    assert.equal(await listingRows(), 1);
  });

  it('that changes otherwise leaves none, nor does a product of a category', async () => {
    await catalogue.sql(`UPDATE products SET stock = stock + 1`);
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('some', 'Some', 1, 1, 'cat-test')`,
    );
    await catalogue.sql(`UPDATE products SET id = 'any' WHERE id = 'some'`);
    await catalogue.sql(`DELETE FROM products WHERE id = 'any'`);
    assert.equal(await listingRows(), 0);
  });
});
