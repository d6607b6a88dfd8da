import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

describe('a warm start', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;

  const start = (settings: Record<string, string> = {}) =>
    startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      CACHE_WARM_KEYS: '50',
      CACHE_L1_UNSYNCED_TTL: '1h',
      // On a busy machine an answer of Redis may take longer than by default, and then comes from Postgres.
      REDIS_COMMAND_TIMEOUT: '1s',
      ...settings,
    });
  const detail = async (api: Api, id: string) =>
    /detail=(\w+)/.exec((await api.get(`/products/${id}`)).headers.get('cache-status') ?? '')?.[1];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(200), startRedisServer()]);
    const api = await start();
    for (let n = 0; n < 60; n += 1) await api.get(`/products/prod-${n}`);
    // Hot: read again and again from memory.
    for (let round = 0; round < 3; round += 1)
      for (let n = 0; n < 20; n += 1) await api.get(`/products/prod-${n}`);
    await api.stop();
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  it('answers the hottest keys from memory at the first request, and no others', async () => {
    const api = await start();
    assert.equal(await detail(api, 'prod-5'), 'l1');
    assert.equal(await detail(api, 'prod-19'), 'l1');
    assert.equal(await detail(api, 'prod-50'), 'redis', 'it was read once only');
    await api.stop();
  });

  it('takes no more keys than configured', async () => {
    const api = await start({ CACHE_WARM_KEYS: '3' });
    const details = await Promise.all(Array.from({ length: 20 }, (_, n) => detail(api, `prod-${n}`)));
    assert.equal(details.filter((each) => each === 'l1').length, 3);
    await api.stop();
  });

  it('is off where it is not asked for', async () => {
    const api = await start({ CACHE_WARM_KEYS: '0' });
    assert.equal(await detail(api, 'prod-5'), 'redis');
    await api.stop();
  });

  it('goes without, where the list in Redis is garbage or gone', async () => {
    for (const garbage of ['{', '[1,2]', '["product:prod-1", null]', '"x"']) {
      await redis.client.set(redisKeys.warm, garbage);
      const api = await start();
      assert.equal((await api.get('/products/prod-1')).status, 200);
      await api.stop();
    }
  });
});
