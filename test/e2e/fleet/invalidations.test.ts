import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CacheKey } from '#libs/cache';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const PROCESSES = 4;
const FILLS = 500;
const CHANGES = 20;

describe('a fleet of 4 processes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(FILLS), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
    await Promise.all(apis.map(untilUsesRedis));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    await Promise.all([redis.stop(), catalogue.drop()]);
  });

  const received = () => Promise.all(apis.map((api) => api.metric('cache_invalidations_total')));
  const stockOf = async (api: Api, id: string) =>
    ((await (await api.get(`/products/${id}`)).json()) as { stock: number }).stock;
  const everywhere = (id: string, stock: number) =>
    Promise.all(
      apis.map((api) => until('the change is served', async () => (await stockOf(api, id)) === stock)),
    );
  /** What each process was notified of during the work, and before a last change that all of them have heard of. */
  const during = async (work: () => Promise<void>) => {
    const before = await received();
    await work();
    // Notices come in order, so that this one ends the count.
    const marker: CacheKey = 'product:end-of-count';
    await redis.client.set(redisKeys.announcement(marker), '');
    await redis.client.set(redisKeys.announcement(marker), '');
    let counts: number[] = [];
    await until('each has heard of the end', async () => {
      counts = (await received()).map((count, n) => count - (before[n] ?? 0));
      return counts.every((count) => count >= 1);
    });
    return counts;
  };

  it(`is notified of none of ${FILLS} fills`, async () => {
    const counts = await during(async () => {
      for (let n = 0; n < FILLS; n += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, m) => apis[m % PROCESSES]?.get(`/products/prod-${n + m}`)),
        );
      // Each process takes from Redis what another one has filled in.
      for (let n = 0; n < 50; n += 1) await stockOf(apis[(n + 1) % PROCESSES] as Api, `prod-${n}`);
    });
    assert.equal(await redis.client.exists(redisKeys.entry('product:prod-7')), 1);
    assert.ok(
      counts.every((count) => count <= 2),
      `${counts}`,
    );
  });

  it(`is notified once of each of ${CHANGES} changes by SQL`, async () => {
    const counts = await during(async () => {
      for (let n = 0; n < CHANGES; n += 1) {
        await catalogue.sql('UPDATE products SET stock = $1 WHERE id = $2', [1_000 + n, `prod-${n}`]);
        await everywhere(`prod-${n}`, 1_000 + n);
      }
    });
    assert.ok(
      counts.every((count) => count >= CHANGES && count <= CHANGES + 2),
      `${counts}`,
    );
  });

  it(`is notified once of each of ${CHANGES} changes by one of them, though the relay applies them again`, async () => {
    const applied = async () =>
      (await Promise.all(apis.map((api) => api.metric('outbox_applied_total')))).reduce((a, b) => a + b);
    const counts = await during(async () => {
      const before = await applied();
      for (let n = 0; n < CHANGES; n += 1) {
        const writer = apis[n % PROCESSES] as Api;
        assert.equal((await send(writer, 'PATCH', `/products/prod-${n}`, { stock: 2_000 + n })).status, 200);
        await everywhere(`prod-${n}`, 2_000 + n);
      }
      await until('the relay has applied them', async () => (await applied()) - before >= CHANGES);
    });
    // A write whose state the relay or a load brings before the writer does is announced twice.
    assert.ok(
      counts.every((count) => count >= CHANGES && count <= 1.5 * CHANGES + 2),
      `${counts}`,
    );
  });
});
