import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('a listener that throws', () => {
  let redis: RedisServer;
  let node: CacheNode;

  before(async () => {
    redis = await startRedisServer();
    const config = { freshMs: 200, freshJitterMs: 0, failureMs: 0 };
    node = await createCacheNode({ redisUrl: redis.url, config });
    for (const name of ['hit', 'miss', 'stale', 'coalesced', 'lease', 'load', 'refresh'] as const) {
      node.events.on(name, () => {
        throw new Error(`the listener of ${name} is broken`);
      });
    }
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  it('costs no reader anything, and no refresh, and no lease', async () => {
    const origin = new TestOrigin();
    const read = () => node.cache.read('product:listened', origin.load);
    const reads = await Promise.all([read(), read()]);
    assert.ok(reads.every(({ entry }) => entry.version === 1));
    assert.equal(origin.asked, 1);
    origin.version = 2;
    await until('a refresh went through', async () => (await read()).entry.version === 2);
    assert.equal(await redis.client.exists(redisKeys.lease('product:listened')), 0);
  });
});
