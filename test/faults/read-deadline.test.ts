import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

describe('a read that waits for another process, which died while it was loading', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      SHED_READ_TIMEOUT: '300ms',
      CACHE_L1_UNSYNCED_TTL: '0ms',
      // Waiters are ended by the deadline, not by the end of the lease.
      CACHE_LEASE_TTL: '1m',
      REDIS_COMMAND_TIMEOUT: '1s',
    });
    await until('L2 is trusted', async () => (await api.metric('cache_redis_trusted')) === 1);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is refused in time, with Retry-After, and counted', async () => {
    await redis.client.set(redisKeys.lease('product:prod-5'), 'of one that died', 'PX', 60_000);
    const answer = await api.get('/products/prod-5');
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '1');
    assert.equal(((await answer.json()) as { code: string }).code, 'OVERLOADED');
    assert.equal(await api.metric('shed_requests_total{reason="read-timeout"}'), 1);
  });

  it('is joined by later readers, and answered once the key can be loaded', async () => {
    await redis.client.del(redisKeys.lease('product:prod-5'));
    await until('it is answered', async () => (await api.get('/products/prod-5')).status === 200);
  });
});
