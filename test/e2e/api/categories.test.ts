import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe('the categories', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(7), startRedisServer()]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('cat-empty', 'Empty')`);
    // It has been there for long: were it news, the relay would make the list stale in the middle of a test.
    await catalogue.sql('DELETE FROM outbox');
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('are listed, through the cache', async () => {
    for (const detail of [/detail=origin/, /detail=l1/]) {
      const response = await api.get('/categories');
      assert.equal(response.status, 200);
      assert.match(response.headers.get('cache-status') ?? '', detail);
      const { items } = (await response.json()) as {
        items: { id: string; name: string; last_updated: number }[];
      };
      assert.deepEqual(
        items.map(({ id, name }) => [id, name]),
        [
          ['cat-empty', 'Empty'],
          ['cat-test', 'Test'],
        ],
      );
      assert.ok(items.every((item) => Math.abs(item.last_updated - Date.now() / 1_000) < 600));
    }
  });

  it('each show the number of their products', async () => {
    const count = async (id: string) =>
      ((await (await api.get(`/categories/${id}`)).json()) as { product_count: number }).product_count;
    assert.equal(await count('cat-test'), 7);
    assert.equal(await count('cat-empty'), 0);
    assert.equal(await redis.client.exists(redisKeys.entry('category:cat-test')), 1);
  });

  it('show the number of their products and their names after every change', async () => {
    const category = async (id: string) =>
      (await (await api.get(`/categories/${id}`)).json()) as { name: string; product_count: number };
    const counts = async () =>
      Promise.all(['cat-test', 'cat-empty'].map(async (id) => (await category(id)).product_count));
    const become = (expected: number[]) =>
      until('the counts are right', async () => String(await counts()) === String(expected));
    await become([7, 0]);
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('new', 'New', 1, 1, 'cat-test')`,
    );
    await become([8, 0]);
    await catalogue.sql(`UPDATE products SET category_id = 'cat-empty' WHERE id = 'new'`);
    await become([7, 1]);
    await catalogue.sql(`DELETE FROM products WHERE id = 'new'`);
    await become([7, 0]);
    await catalogue.sql(`UPDATE categories SET name = 'Renamed' WHERE id = 'cat-empty'`);
    await until('the name is right', async () => (await category('cat-empty')).name === 'Renamed');
    await until('the list has it', async () => {
      return (await (await api.get('/categories')).text()).includes('"Renamed"');
    });
  });

  it('answer 404 with their own problem for an unknown one, twice the same', async () => {
    for (let read = 0; read < 2; read += 1) {
      const response = await api.get('/categories/nope');
      assert.equal(response.status, 404);
      assert.equal(((await response.json()) as { code: string }).code, 'CATEGORY_NOT_FOUND');
    }
  });

  it('answer 400 for an id that none can have', async () => {
    for (const id of ['*', '%2A', 'a%3Ageneration', 'a%40b']) {
      assert.equal((await api.get(`/categories/${id}`)).status, 400, id);
    }
  });
});
