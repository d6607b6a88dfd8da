import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { leads } from '../support/leads.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** While no invalidations arrive, a change may be this late in a process's L1; and some for a busy machine. */
const SOON_MS = 3_000;

describe('a change that psql makes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  const settings = () => ({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  const stock = async (api: Api, id: string) =>
    ((await (await api.get(`/products/${id}`)).json()) as { stock?: number }).stock;
  const everywhere = (what: string, holds: (api: Api) => Promise<boolean>, timeoutMs = SOON_MS) =>
    until(what, async () => (await Promise.all(apis.map(holds))).every(Boolean), timeoutMs);
  const leader = () => apis.find(leads);
  const set = (id: string, value: number) =>
    catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, value]);

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(200), startRedisServer()]);
  });
  beforeEach(async () => {
    apis = await Promise.all([startApi(settings()), startApi(settings())]);
    await until('one of them leads', () => leader() !== undefined);
  });
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  it('is soon what every process serves: an update, a deletion, a new product', async () => {
    for (const api of apis) assert.equal(await stock(api, 'prod-1'), 1);
    await set('prod-1', 1_001);
    await everywhere('the update is served', async (api) => (await stock(api, 'prod-1')) === 1_001);
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-1'`);
    await everywhere('it is gone', async (api) => (await api.get('/products/prod-1')).status === 404);
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('prod-1', 'Again', 1, 7, 'cat-test')`,
    );
    await everywhere('it is there again', async (api) => (await stock(api, 'prod-1')) === 7);
  });

  it('is soon seen in the categories: their count and their list', async () => {
    const count = async (api: Api) =>
      ((await (await api.get('/categories/cat-test')).json()) as { product_count: number }).product_count;
    const names = async (api: Api) => await (await api.get('/categories')).text();
    const [before] = await Promise.all(apis.map(count));
    await Promise.all(apis.map(names));
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-2'`);
    await everywhere('one less is counted', async (api) => (await count(api)) === (before ?? 0) - 1);
    await catalogue.sql(`UPDATE categories SET name = 'Renamed' WHERE id = 'cat-test'`);
    await everywhere('the list has the new name', async (api) => (await names(api)).includes('Renamed'));
  });

  it('is not lost when Redis is away at the commit', async () => {
    for (const api of apis) await stock(api, 'prod-3');
    await redis.kill();
    await set('prod-3', 3_003);
    await redis.restart();
    await everywhere('it is served', async (api) => (await stock(api, 'prod-3')) === 3_003, 10_000);
  });

  it('is not passed by when an earlier transaction commits later', async () => {
    // A process without invalidations still sees the change soon.
    await Promise.all(apis.map(untilUsesRedis));
    for (const api of apis) await Promise.all([stock(api, 'prod-4'), stock(api, 'prod-5')]);
    const late = new pg.Client(catalogue.url);
    await late.connect();
    await late.query(`BEGIN; UPDATE products SET stock = 4004 WHERE id = 'prod-4'`);
    for (let n = 0; n < 20; n += 1) await set('prod-5', 5_000 + n);
    // Read together with those, it would be passed by in no way.
    await everywhere('the others are served', async (api) => (await stock(api, 'prod-5')) === 5_019);
    await late.query('COMMIT');
    await late.end();
    await everywhere('the late one is served', async (api) => (await stock(api, 'prod-4')) === 4_004);
  });

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    it(`is carried by another process within 2 s when the leader gets ${signal}`, async () => {
      const old = leader();
      assert.ok(old !== undefined);
      process.kill(old.pid, signal);
      apis = apis.filter((api) => api !== old);
      const startMs = performance.now();
      await until('another one leads', () => leader() !== undefined);
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < 2_500, `took ${tookMs} ms`);
      await set('prod-6', tookMs | 0);
      await everywhere('the change is served', async (api) => (await stock(api, 'prod-6')) === (tookMs | 0));
      await old.stop('SIGKILL');
    });
  }

  it('is applied again to a Redis that came back with an older state', async () => {
    for (const api of apis) await stock(api, 'prod-7');
    const [oldEntry, oldMark] = await Promise.all([
      redis.client.getBuffer(redisKeys.entry('product:prod-7')),
      redis.client.get(redisKeys.watermark),
    ]);
    assert.ok(oldEntry !== null && oldMark !== null);
    await set('prod-7', 7_007);
    await everywhere('it is served', async (api) => (await stock(api, 'prod-7')) === 7_007);
    // What a restore does: the old entry, and beside it the old mark.
    await redis.client
      .multi()
      .set(redisKeys.entry('product:prod-7'), oldEntry, 'PX', 3_600_000)
      .set(redisKeys.watermark, oldMark)
      .exec();
    await everywhere('it is served again', async (api) => (await stock(api, 'prod-7')) === 7_007);
    await until('Redis does not hold the old one', async () => {
      const bytes = await redis.client.getBuffer(redisKeys.entry('product:prod-7'));
      return bytes === null || !bytes.equals(oldEntry);
    });
  });
});
