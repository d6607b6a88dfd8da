import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import calculateSlot from 'cluster-key-slot';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** They all lie on the first master. */
const MIGRATING_SLOTS = 2_000;
const PRODUCTS = 400;

describe('a Redis Cluster with migrating slots', () => {
  let catalogue: Catalogue;
  let cluster: RedisCluster;
  let apis: Api[] = [];

  const started = async () => {
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: cluster.url });
    apis.push(api);
    await untilUsesRedis(api);
    return api;
  };
  const paths = Array.from({ length: PRODUCTS }, (_, n) => `/products/prod-${n}`);
  const migrating = paths.filter((path) => {
    const id = path.slice('/products/'.length);
    return calculateSlot(`product:${id}`) < MIGRATING_SLOTS;
  });

  before(async () => {
    [catalogue, cluster] = await Promise.all([createCatalogue(PRODUCTS), startRedisCluster()]);
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    apis = [];
    await cluster.stop();
    await catalogue.drop();
  });

  it('is used for all other slots meanwhile: the breaker stays closed, and every read is answered', async () => {
    const first = await started();
    for (const path of paths) assert.equal((await first.get(path)).status, 200);
    const [from, to] = cluster.masters.map(({ client }) => client);
    const [fromId, toId] = [
      String(await from?.call('CLUSTER', 'MYID')),
      String(await to?.call('CLUSTER', 'MYID')),
    ];
    for (let slot = 0; slot < MIGRATING_SLOTS; slot += 1) {
      await to?.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
      await from?.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    }
    assert.ok(migrating.length > 20, `${migrating.length}`);
    const second = await started();
    for (const path of migrating) assert.equal((await second.get(path)).status, 200);
    const opened = second.lines().filter((line) => /Redis is unavailable/.test(line));
    assert.deepEqual(opened, []);
  });
});
