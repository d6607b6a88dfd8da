import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { heardBy } from '../../support/heard-by.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('a Redis that is full, and lets nothing go', () => {
  let redis: RedisServer;
  let node: CacheNode;
  const origin = new TestOrigin();
  let key: CacheKey;
  let keys = 0;

  before(async () => {
    redis = await startRedisServer(['--maxmemory-policy', 'noeviction']);
    node = await createCacheNode({ redisUrl: redis.url });
  });
  beforeEach(async () => {
    keys += 1;
    key = `product:full-${keys}`;
    await node.cache.read(key, origin.load);
    await redis.client.set('ballast', 'x'.repeat(2_000_000));
    await redis.client.config('SET', 'maxmemory', '1mb');
  });
  afterEach(async () => {
    await redis.client.config('SET', 'maxmemory', '0');
    await redis.client.flushall();
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  it('still takes a change: the old entry would be served for its whole life', async () => {
    assert.ok(await node.tombstones.put([{ key, version: 2 }]));
    assert.equal(await node.entryInRedis(key), null);
  });

  it('answers what it has, beside a key that it refuses to lease', async () => {
    const seenAt = (of: CacheKey) =>
      new Promise<number | undefined>((resolve) => {
        node.batchGet.at(of, true, (entry) => resolve(entry?.version));
      });
    const seen = await Promise.all([`product:full-not-there-${keys}` as const, key].map(seenAt));
    assert.deepEqual(seen, [undefined, 1]);
  });

  it('announces a change that a fill has brought before it', async () => {
    const near = await createCacheNode({ redisUrl: redis.url, tracked: true });
    try {
      const heard = heardBy(near);
      assert.ok(await node.tombstones.put([{ key, version: 1 }]));
      await until('it is notified', () => heard.has(key));
      assert.equal((await node.entryInRedis(key))?.version, 1);
    } finally {
      near.close();
    }
  });

  it('takes the new state of what it holds', async () => {
    const loaded = { state: 'present', version: 2, body: '{}' } as const;
    const entry = node.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
    assert.equal(await node.l2.put(entry, null), 'accepted');
    assert.equal((await node.entryInRedis(key))?.version, 2);
  });

  it('takes nothing that was loaded', async () => {
    assert.equal(await node.l2.lease('product:other'), null);
    assert.equal((await node.cache.read('product:other', origin.load)).servedFrom, 'origin');
    assert.equal(await node.entryInRedis('product:other'), null);
  });
});
