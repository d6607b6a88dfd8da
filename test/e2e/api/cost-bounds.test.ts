import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { statementsDuring } from '../../support/statements.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

/** What loads products by their ids begins so. */
const LOAD_STATEMENT = 'SELECT id, name, price, stock, ';
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
