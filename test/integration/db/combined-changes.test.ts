import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { DatabaseWriter } from '#libs/db';
import type { Lane } from '#libs/resilience';
import { stockChanges } from '#src/apps/api/src/catalogue/products/product-writes.service';
import { Connections } from '#src/libs/db/src/connections';
import type { ServicePool } from '#src/libs/db/src/pool';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { openServicePool } from '../../support/service-pool.ts';
import { statementsDuring } from '../../support/statements.ts';

/** Passes every call on, as a lane with free slots does. */
const OPEN: Lane = {
  run: async (call) => ({ kind: 'answered', value: await call(new AbortController().signal) }),
};

describe('stock changes that meet at the only slot for writes', () => {
  let catalogue: Catalogue;
  let pool: ServicePool;
  let products: ReturnType<typeof stockChanges>;

  before(async () => {
    catalogue = await createCatalogue(20);
    await catalogue.sql('UPDATE products SET stock = 100');
    const { database } = readConfig({ DATABASE_URL: catalogue.url, DATABASE_WRITE_CONCURRENCY: '1' });
    pool = await openServicePool(database);
    products = stockChanges(new DatabaseWriter(new Connections(pool), OPEN, database));
    await products.change('prod-0', 0);
  });
  after(async () => {
    await pool.close();
    await catalogue.drop();
  });

  const stocks = async (changes: readonly (readonly [string, number])[]) => {
    const made = await Promise.all(changes.map(([id, delta]) => products.change(id, delta)));
    return made.map((product) => product?.stock ?? null);
  };

  it('are made in one statement, each with its own answer', async () => {
    const ids = ['prod-1', 'prod-2', 'prod-3', 'prod-4'];
    const statements = await statementsDuring(catalogue, '', async () => {
      assert.deepEqual(await stocks(ids.map((id, n) => [id, -n])), [100, 99, 98, 97]);
    });
    assert.equal(statements, 2);
    const versions = await catalogue.sql(
      `SELECT products.version = outbox.version AS same FROM products
       JOIN LATERAL (SELECT max(version) AS version FROM outbox WHERE key = 'product:' || products.id) AS outbox ON true
       WHERE products.id = ANY('{prod-1,prod-2,prod-3,prod-4}')`,
    );
    assert.deepEqual(
      versions.map(({ same }) => same),
      [true, true, true, true],
    );
  });

  it('are all made if several are of one product', async () => {
    const changes = Array.from({ length: 30 }, (_, n) => [`prod-${5 + (n % 3)}`, -1] as const);
    await stocks(changes);
    assert.deepEqual(
      await stocks([
        ['prod-5', 0],
        ['prod-6', 0],
        ['prod-7', 0],
      ]),
      [90, 90, 90],
    );
  });

  it('find out by themselves that there is no such product, or not enough of it', async () => {
    const made = await stocks([
      ['prod-8', -1],
      ['nothing', -1],
      ['prod-9', -101],
      ['prod-10', -1],
      ['prod-11', 2_147_483_647],
    ]);
    assert.deepEqual(made, [99, null, null, 99, null]);
  });

  it('do not wait for a product that another transaction holds', async () => {
    const end = await catalogue.hold(`UPDATE products SET stock = 40 WHERE id = 'prod-13'`);
    let isHeld = true;
    const [first, held, ...others] = ['prod-12', 'prod-13', 'prod-14', 'prod-15'].map((id) =>
      products.change(id, -1).then((product) => {
        if (id === 'prod-13') isHeld = false;
        return product?.stock;
      }),
    );
    assert.deepEqual(await Promise.all([first, ...others]), [99, 99, 99]);
    assert.equal(isHeld, true);
    await end();
    assert.equal(await held, 39);
  });
});
