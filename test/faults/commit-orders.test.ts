import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** A change is seen within milliseconds; the rest is for a busy machine. */
const SOON_MS = 1_500;

const INSERT = `INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, 'New', 1, $2, $3)`;
const NO_CACHE = { 'cache-control': 'no-cache' };

/** What a change is versioned by is not the order in which changes become visible, and not every change is a statement's. */
describe('a change that the order of versions does not show', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let fleet: Fleet;

  const statuses = (path: string) => Promise.all(fleet.apis.map(async (api) => (await api.get(path)).status));
  const values = (path: string, field: string, headers = {}) =>
    Promise.all(
      fleet.apis.map(
        async (api) => ((await (await api.get(path, headers)).json()) as Record<string, unknown>)[field],
      ),
    );
  const everywhere = async (path: string, field: string, value: unknown, headers = {}) => {
    const wanted = JSON.stringify(fleet.apis.map(() => value));
    await until(
      `every process answers ${field} ${value}`,
      async () => JSON.stringify(await values(path, field, headers)) === wanted,
      SOON_MS,
    );
    for (let n = 0; n < 20; n += 1) assert.equal(JSON.stringify(await values(path, field)), wanted);
  };
  const session = async () => {
    const client = new pg.Client(catalogue.url);
    await client.connect();
    return client;
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(50), startRedisServer()]);
    fleet = await startFleet(3, { DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await Promise.all(fleet.apis.map(untilUsesRedis));
  });
  after(async () => {
    await fleet.stop();
    await redis.stop();
    await catalogue.drop();
  });

  for (const [name, headers] of [
    ['as it is cached', {}],
    ['after a read past the cache', NO_CACHE],
  ] as const) {
    it(`counts a category's products ${name}, where transactions are versioned in one order and committed in the other`, async () => {
      const category = `late-${Object.keys(headers).length}`;
      await catalogue.sql('INSERT INTO categories (id, name) VALUES ($1, $1)', [category]);
      const [early, late] = await Promise.all([session(), session()]);
      await early.query('BEGIN');
      await early.query(INSERT, [`${category}-early`, 1, category]);
      await late.query(INSERT, [`${category}-late`, 1, category]);
      await everywhere(`/categories/${category}`, 'product_count', 1);
      await early.query('COMMIT');
      await Promise.all([early.end(), late.end()]);
      await everywhere(`/categories/${category}`, 'product_count', 2, headers);
      const items = await values(`/products?category=${category}`, 'items');
      for (const page of items) assert.equal((page as unknown[]).length, 2);
    });
  }

  it('finds a product again that was deleted, read as absent, and brought back by an older snapshot', async () => {
    const inserter = await session();
    await inserter.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await inserter.query('SELECT FROM products');
    assert.deepEqual(await statuses('/products/prod-1'), [200, 200, 200]);
    const inserted = (async () => {
      const deleter = await session();
      await deleter.query(`BEGIN; DELETE FROM products WHERE id = 'prod-1'`);
      const waiting = inserter.query(INSERT, ['prod-1', 777, 'cat-test']);
      await until('the insert waits for the deletion', async () => {
        const [row] = await catalogue.sql<{ waits: boolean }>(
          `SELECT count(*) > 0 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.waits === true;
      });
      // The deletion is versioned last, though it is committed first.
      await deleter.query(
        `UPDATE outbox SET version = nextval('catalogue_version') WHERE key = 'product:prod-1'`,
      );
      await deleter.query('COMMIT');
      await deleter.end();
      await waiting;
    })();
    await inserted;
    await until(
      'it is gone everywhere',
      async () => (await statuses('/products/prod-1')).join() === '404,404,404',
      SOON_MS,
    );
    await inserter.query('COMMIT');
    await inserter.end();
    await everywhere('/products/prod-1', 'stock', 777);
  });

  it('finds a product again whose row comes with a version that is older than its absence', async () => {
    // As the triggers of another application, or an earlier release, may record it.
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-2'`);
    await until(
      'it is gone everywhere',
      async () => (await statuses('/products/prod-2')).join() === '404,404,404',
      SOON_MS,
    );
    const writer = await session();
    await writer.query('BEGIN');
    await writer.query('ALTER TABLE products DISABLE TRIGGER stamp_insert, DISABLE TRIGGER record_insert');
    await writer.query(
      `INSERT INTO products (id, name, price, stock, version) VALUES ('prod-2', 'Old', 1, 888, 3)`,
    );
    await writer.query(`INSERT INTO outbox (key, version) VALUES ('product:prod-2', 3)`);
    await writer.query(
      'ALTER TABLE products ENABLE ALWAYS TRIGGER stamp_insert, ENABLE TRIGGER record_insert',
    );
    await writer.query('COMMIT');
    await writer.end();
    await everywhere('/products/prod-2', 'stock', 888);
    await catalogue.sql(`UPDATE products SET stock = 889 WHERE id = 'prod-2'`);
    await everywhere('/products/prod-2', 'stock', 889);
  });

  it('finds a product under an id that it gets in the place of a deleted one', async () => {
    assert.deepEqual(await statuses('/products/prod-3'), [200, 200, 200]);
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-3'`);
    assert.deepEqual(await statuses('/products/prod-4'), [200, 200, 200]);
    await until(
      'it is gone everywhere',
      async () => (await statuses('/products/prod-3')).join() === '404,404,404',
      SOON_MS,
    );
    await catalogue.sql(`UPDATE products SET id = 'prod-3', stock = 444 WHERE id = 'prod-4'`);
    await everywhere('/products/prod-3', 'stock', 444);
    await until(
      'the former is gone',
      async () => (await statuses('/products/prod-4')).join() === '404,404,404',
      SOON_MS,
    );
  });

  it('serves what was imported with a version of its own, and every change after that', async () => {
    for (const [n, version] of [3, 4_000_000_000, '9007199254740993'].entries()) {
      const id = `import-${n}`;
      assert.deepEqual(await statuses(`/products/${id}`), [404, 404, 404]);
      await catalogue.sql(
        `INSERT INTO products (id, name, price, stock, version) VALUES ($1, 'Imported', 1, 1, $2)`,
        [id, version],
      );
      await everywhere(`/products/${id}`, 'stock', 1);
      await catalogue.sql('UPDATE products SET stock = 2 WHERE id = $1', [id]);
      await everywhere(`/products/${id}`, 'stock', 2);
    }
  });

  it('sees every change of a session in the replica role', async () => {
    const replica = await session();
    await replica.query('SET session_replication_role = replica');
    assert.deepEqual(await statuses('/products/prod-6'), [200, 200, 200]);
    assert.deepEqual(await statuses('/products/replicated'), [404, 404, 404]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('replica', 'Replica')`);
    await everywhere('/categories/replica', 'product_count', 0);
    await replica.query(`UPDATE products SET stock = 600 WHERE id = 'prod-6'`);
    await everywhere('/products/prod-6', 'stock', 600);
    await replica.query(INSERT, ['replicated', 5, 'replica']);
    await everywhere('/products/replicated', 'stock', 5);
    await everywhere('/categories/replica', 'product_count', 1);
    await replica.query(`DELETE FROM products WHERE id = 'replicated'`);
    await everywhere('/categories/replica', 'product_count', 0);
    await until(
      'it is gone',
      async () => (await statuses('/products/replicated')).join() === '404,404,404',
      SOON_MS,
    );
    await replica.end();
  });

  it('sees a change that is prepared in two phases once it is committed', async () => {
    assert.deepEqual(await statuses('/products/prod-7'), [200, 200, 200]);
    const writer = await session();
    await writer.query('BEGIN');
    await writer.query(`UPDATE products SET stock = 700 WHERE id = 'prod-7'`);
    await writer.query(`PREPARE TRANSACTION 'commit-orders'`);
    await writer.query(`COMMIT PREPARED 'commit-orders'`);
    await writer.end();
    await everywhere('/products/prod-7', 'stock', 700);
  });

  it('empties every tier for a TRUNCATE', async () => {
    assert.deepEqual(await statuses('/products/prod-9'), [200, 200, 200]);
    assert.notDeepEqual(await values('/categories/cat-test', 'product_count'), [0, 0, 0]);
    await catalogue.sql('TRUNCATE products');
    await until(
      'it is gone',
      async () => (await statuses('/products/prod-9')).join() === '404,404,404',
      SOON_MS,
    );
    await everywhere('/categories/cat-test', 'product_count', 0);
    assert.deepEqual(await values('/products', 'items'), [[], [], []]);
  });
});
