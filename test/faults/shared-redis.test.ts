import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

const SOON_MS = 3_000;

/** Two databases of one Postgres, which share transaction ids, and products of the same ids. */
describe('two services over different databases that share a Redis', () => {
  let one: Catalogue;
  let other: Catalogue;
  let redis: RedisServer;
  const apis: Api[] = [];

  const start = async (catalogue: Catalogue, settings: Record<string, string> = {}) => {
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, ...settings });
    apis.push(api);
    return api;
  };
  const answer = async (api: Api, id = 'prod-1') => {
    const response = await api.get(`/products/${id}`);
    const { stock } = (await response.json()) as { stock: number };
    return { stock, cacheStatus: response.headers.get('cache-status') ?? '' };
  };
  const serves = (api: Api, stock: number) =>
    until(`it serves ${stock}`, async () => (await answer(api)).stock === stock, SOON_MS);
  const set = (catalogue: Catalogue, stock: number) =>
    catalogue.sql('UPDATE products SET stock = $1', [stock]);
  const health = async (api: Api) =>
    (await (await api.get('/health')).json()) as {
      status: string;
      details: { cache: { trust: string; message?: string } };
    };
  const errorLines = (api: Api) => api.lines().filter((line) => line.includes('REDIS_PREFIX'));

  before(async () => {
    [one, other] = await Promise.all([createCatalogue(20), createCatalogue(20)]);
  });
  beforeEach(async () => {
    redis = await startRedisServer();
    await Promise.all([set(one, 1), set(other, 2)]);
  });
  afterEach(async () => {
    await Promise.all(apis.splice(0).map((api) => api.stop('SIGKILL')));
    await redis.stop();
  });
  after(() => Promise.all([one.drop(), other.drop()]));

  it('do not touch each other in namespaces of their own', async () => {
    const first = await start(one);
    const second = await start(other, { REDIS_PREFIX: 'staging:' });
    await Promise.all([first, second].map(untilUsesRedis));
    for (let n = 0; n < 20; n += 1) {
      await Promise.all([set(one, 100 + n), set(other, 200 + n)]);
      await Promise.all([serves(first, 100 + n), serves(second, 200 + n)]);
    }
    const keys = await redis.client.keys('*');
    assert.ok(keys.every((key) => key.startsWith('hotshelf:') || key.startsWith('staging:')));
    // The relay of one would move the mark of the other past its rows.
    await first.stop();
    await set(one, 999);
    await set(other, 888);
    await serves(second, 888);
    await until(
      'time passes for the second one',
      async () => (await second.metric('outbox_applied_total')) > 40,
    );
    const again = await start(one);
    assert.equal((await answer(again)).stock, 999);
    for (const api of [again, second]) assert.equal((await health(api)).status, 'ok');
  });

  it('in one namespace: the second one says so, leaves Redis to the first, and both answer the truth', async () => {
    const first = await start(one);
    await untilUsesRedis(first);
    await serves(first, 1);
    const second = await start(other);
    await until('the second one has noticed', () => errorLines(second).length > 0, SOON_MS);
    for (let n = 0; n < 30; n += 1) {
      await Promise.all([set(one, 100 + n), set(other, 200 + n)]);
      await Promise.all([serves(first, 100 + n), serves(second, 200 + n)]);
    }
    assert.equal(errorLines(second).length, 1);
    assert.match(
      errorLines(second)[0] ?? '',
      /another database's service uses the Redis namespace \\"hotshelf:\\"/,
    );
    assert.equal(errorLines(first).length, 0);
    const { status, details } = await health(second);
    assert.equal(status, 'degraded');
    assert.match(details.cache.message ?? '', /REDIS_PREFIX/);
    assert.equal((await health(first)).status, 'ok');
    assert.match((await answer(first)).cacheStatus, /hit/);
    assert.equal(await first.metric('coherence_epochs_total{reason="taken-over"}'), 0);
    assert.equal(await first.metric('coherence_epochs_total{reason="database-changed"}'), 0);
  });

  it('in one namespace: what changed while one of them was stopped is not lost', async () => {
    const first = await start(one);
    await untilUsesRedis(first);
    await serves(first, 1);
    await first.stop();
    await set(one, 77);
    const second = await start(other);
    await until(
      'the second one has taken the namespace over',
      async () => (await health(second)).status === 'ok',
      10_000,
    );
    await set(other, 55);
    await serves(second, 55);
    const again = await start(one);
    for (let n = 0; n < 50; n += 1) {
      assert.equal((await answer(again)).stock, 77);
      assert.equal((await answer(second)).stock, 55);
    }
    await until('the one that came back has noticed', () => errorLines(again).length > 0, SOON_MS);
  });

  it('with one an exact copy of the other: the first one keeps the namespace', async () => {
    const first = await start(one);
    await untilUsesRedis(first);
    await until('it has led for a while', async () => Number(await marked()) > 10, 10_000);
    // A copy has the leader's name of the original as its last one.
    const [leader] = await one.sql('SELECT * FROM relay_leaders');
    await other.sql('DELETE FROM relay_leaders');
    await other.sql('INSERT INTO relay_leaders VALUES ($1, $2, $3)', Object.values(leader ?? {}));
    const second = await start(other);
    await until('the second one has noticed', () => errorLines(second).length > 0, 10_000);
    await untilUsesRedis(first);
    for (let n = 0; n < 10; n += 1) {
      await Promise.all([set(one, 100 + n), set(other, 200 + n)]);
      await Promise.all([serves(first, 100 + n), serves(second, 200 + n)]);
    }
    assert.equal((await health(first)).status, 'ok');
    assert.equal((await health(second)).status, 'degraded');
  });

  const marked = async () =>
    (JSON.parse((await redis.client.get(redisKeys.watermark)) ?? '{}') as { beat?: number }).beat ?? 0;
});

describe('two services over one database in different namespaces', () => {
  it('each have a leader, and each hear of every change', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    const apis = await Promise.all([startApi(settings), startApi({ ...settings, REDIS_PREFIX: 'second:' })]);
    try {
      await Promise.all(apis.map(untilUsesRedis));
      for (const api of apis) assert.equal(await api.metric('outbox_relay_leading'), 1);
      for (let n = 1; n <= 20; n += 1) {
        await catalogue.sql('UPDATE products SET stock = $1', [n]);
        for (const api of apis)
          await until('the change is served', async () => {
            return ((await (await api.get('/products/prod-3')).json()) as { stock: number }).stock === n;
          });
      }
    } finally {
      await Promise.all(apis.map((api) => api.stop('SIGKILL')));
      await redis.stop();
      await catalogue.drop();
    }
  });

  it('one that was away for longer than the outbox keeps rows does not trust what it left in Redis', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    const first = await startApi(settings);
    try {
      await untilUsesRedis(first);
      await first.get('/products/prod-1');
      await first.stop();
      await catalogue.sql('UPDATE products SET stock = 4711');
      // As another namespace's relay, or another release's, does 15 minutes later.
      await catalogue.sql('DELETE FROM outbox');
      const again = await startApi(settings);
      try {
        const stock = async () =>
          ((await (await again.get('/products/prod-1')).json()) as { stock: number }).stock;
        assert.equal(await stock(), 4_711);
        await untilUsesRedis(again);
        assert.equal(await stock(), 4_711);
      } finally {
        await again.stop('SIGKILL');
      }
    } finally {
      await first.stop('SIGKILL');
      await redis.stop();
      await catalogue.drop();
    }
  });
});
