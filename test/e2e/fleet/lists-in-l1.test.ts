import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { monitor } from '../../support/monitor.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const PROCESSES = 3;
const READS = 300;
const PAGE = '/products?category=cat-test&limit=10';
const PRODUCTS = 10;

/** Commands that change a key, as Redis reports them; those of scripts are among them. */
const WRITES = new Set(['set', 'pexpire', 'del', 'unlink']);

describe('a list that several processes read all the time', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
    await Promise.all(apis.map(untilUsesRedis));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    await Promise.all([redis.stop(), catalogue.drop()]);
  });

  it('stays in the memory of each: a handful of writes and invalidations, however often it is read', async () => {
    const writes: string[] = [];
    const stop = await monitor(redis.client, ({ words: [command = '', key = ''] }) => {
      if (WRITES.has(command.toLowerCase()) && key.includes('{')) writes.push(`${command} ${key}`);
    });
    const invalidations = () => Promise.all(apis.map((api) => api.metric('cache_invalidations_total')));
    const before = await invalidations();
    const from: string[] = [];
    for (let n = 0; n < READS; n += 1) {
      const response = await apis[n % PROCESSES]?.get(PAGE);
      assert.equal(response?.status, 200);
      from.push(/detail=(\w+)/.exec(response?.headers.get('cache-status') ?? '')?.[1] ?? '');
      await response?.arrayBuffer();
    }
    const after = await invalidations();
    stop();
    // A lease, its end and an entry for each of the parts, and the generation.
    assert.ok(writes.length <= 3 * (PRODUCTS + 1) + 2, `${writes.length} writes: ${writes.join('\n')}`);
    for (const [n, count] of after.entries()) {
      const received = count - (before[n] ?? 0);
      assert.ok(received <= 2 * (PRODUCTS + 2), `process ${n}: ${received} invalidations`);
    }
    const beyond = from.filter((tier) => tier !== 'l1');
    assert.ok(
      beyond.length <= 5 * PROCESSES,
      `${beyond.length} reads were not answered from memory: ${beyond}`,
    );
  });
});
