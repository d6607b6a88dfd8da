import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const LAG = 'cache_invalidation_lag_seconds';
/** How long Redis is away, at least. */
const OUTAGE_SECONDS = 1.5;

describe('the lag of invalidations', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await Promise.all(apis.map(untilUsesRedis));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await Promise.all([redis.stop(), catalogue.drop()]);
  });

  const change = (id: string) => catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = $1', [id]);
  const counts = () => Promise.all(apis.map((api) => api.metric(`${LAG}_count`)));
  const sums = () => Promise.all(apis.map((api) => api.metric(`${LAG}_sum`)));
  const untilCounted = (more: readonly number[]) =>
    until('each process has measured it', async () =>
      (await counts()).every((count, n) => count > (more[n] ?? 0)),
    );

  it('is measured in each process, for a change that another program has made', async () => {
    const before = await sums();
    await change('prod-1');
    await untilCounted([0, 0]);
    for (const [n, sum] of (await sums()).entries()) {
      const lag = sum - (before[n] ?? 0);
      assert.ok(lag > 0 && lag < OUTAGE_SECONDS, `${lag} s`);
    }
  });

  it('is the length of an outage of Redis, for a change made at its beginning', async () => {
    const [before, summed] = [await counts(), await sums()];
    redis.pause();
    await change('prod-2');
    const changedAtMs = performance.now();
    await until('the outage has lasted', () => performance.now() - changedAtMs > OUTAGE_SECONDS * 1_000);
    redis.resume();
    await untilCounted(before);
    for (const [n, sum] of (await sums()).entries()) {
      const lag = sum - (summed[n] ?? 0);
      assert.ok(lag >= OUTAGE_SECONDS, `${lag} s`);
    }
  });
});
