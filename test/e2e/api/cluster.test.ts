import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { until } from '../../support/until.ts';

const PATHS = [
  '/products/prod-1',
  '/products/nope',
  '/products?ids=prod-1,prod-2,prod-3,nope',
  '/products?category=cat-test&limit=20',
  '/products?limit=20',
  '/categories',
  '/categories/cat-test',
];
const CHANGED = 7_000;

describe('the service over a Redis Cluster', () => {
  let catalogue: Catalogue;
  let cluster: RedisCluster;
  let near: Api;
  let far: Api;

  const statusOf = async (api: Api, path: string) => (await api.get(path)).headers.get('cache-status') ?? '';
  const stockOf = async (api: Api, id: string) =>
    ((await (await api.get(`/products/${id}`)).json()) as { stock: number }).stock;
  const trusts = async (api: Api) =>
    (await api.metric('cache_redis_trusted')) === 1 && (await api.metric('cache_tracking_synced')) === 1;

  before(async () => {
    [catalogue, cluster] = await Promise.all([createCatalogue(300), startRedisCluster()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: cluster.url };
    [near, far] = await Promise.all([startApi(settings), startApi(settings)]);
    await until('both trust L2', async () => (await trusts(near)) && (await trusts(far)));
  });
  after(async () => {
    await Promise.all([near, far].map((api) => api.stop()));
    await cluster.stop();
    await catalogue.drop();
  });

  for (const path of PATHS) {
    it(`answers ${path} from what another process loaded, and then from memory`, async () => {
      await statusOf(near, path);
      assert.match(await statusOf(far, path), /^hotshelf; hit; ttl=\d+; detail=(redis|l1)$/);
      await until('it is in memory', async () => /; hit; .*detail=l1$/.test(await statusOf(far, path)));
    });
  }

  it('sends every process the changes of keys on all masters, and L2 stays trusted', async () => {
    const ids = Array.from({ length: 300 }, (_, n) => `prod-${n}`);
    for (const id of ids) await stockOf(far, id);
    await catalogue.sql('UPDATE products SET stock = $1', [CHANGED]);
    await until('every change is seen in the other process', async () => {
      const stocks = await Promise.all(ids.map((id) => stockOf(far, id)));
      return stocks.every((stock) => stock === CHANGED);
    });
    await until('no change is pending', async () => {
      const depth = await Promise.all([near, far].map((api) => api.metric('outbox_depth_rows')));
      return depth.every((rows) => rows === 0) && (await trusts(near)) && (await trusts(far));
    });
    assert.match(await statusOf(far, '/products/prod-1'), /hit; ttl=\d+; detail=(redis|l1)$/);
  });
});
