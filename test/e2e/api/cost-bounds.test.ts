import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OriginRequests } from '#src/libs/cache-http/src/origin-requests';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { statementsDuring } from '../../support/statements.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

/** What loads products by their ids begins so. */
const LOAD_STATEMENT = 'SELECT id, name, price, stock, ';
const NO_CACHE = { 'cache-control': 'no-cache' };

const isOfOrigin = (response: Response) => /fwd=request/.test(response.headers.get('cache-status') ?? '');

describe('what a request without a key may cost', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(200), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is one statement and few commands to Redis for 100 unknown ids', async () => {
    const ids = (set: number) => Array.from({ length: 100 }, (_, n) => `nope-${set}-${n}`).join(',');
    // The first of a kind loads scripts.
    await api.get(`/products?ids=${ids(0)}`);
    const commands = async () => {
      const stats = await redis.client.info('commandstats');
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const batches = await statementsDuring(catalogue, LOAD_STATEMENT, async () => {
      const scriptsBefore = await commands();
      const answer = await api.get(`/products?ids=${ids(1)}`);
      assert.equal(((await answer.json()) as { missing: string[] }).missing.length, 100);
      const scripts = (await commands()) - scriptsBefore;
      // Two to read and lease, two to fill, and those of the relay and its like meanwhile.
      assert.ok(scripts < 50, `${scripts} scripts`);
    });
    assert.equal(batches, 1);
  });
});

describe('a request past the cache', () => {
  let catalogue: Catalogue;
  let routed: RoutedApp;

  before(async () => {
    catalogue = await createCatalogue(200);
    routed = await startRoutedApp({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h' });
  });
  after(async () => {
    await routed.stop();
    await catalogue.drop();
  });

  for (const path of [
    '/products/prod-1',
    '/products?ids=prod-1,prod-2',
    '/products?category=cat-test&limit=100',
  ])
    it(`is answered as without no-cache while the budget of its process is spent: ${path}`, async () => {
      const get = (headers = {}) => fetch(routed.url + path, { headers });
      const expected = await (await get(NO_CACHE)).text();
      const requests = routed.app.get(OriginRequests, { strict: false });
      // A flood that spends it depends on the speed of the machine.
      Object.assign(requests, { admit: () => false });
      const spared = await get(NO_CACHE);
      assert.equal(spared.status, 200);
      assert.match(spared.headers.get('cache-status') ?? '', /^hotshelf; hit; .*detail=l1$/);
      assert.equal(await spared.text(), expected);
      Reflect.deleteProperty(requests, 'admit');
      assert.ok(isOfOrigin(await get(NO_CACHE)));
    });
});
