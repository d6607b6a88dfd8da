import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { entryOf } from '../../contracts/tiers/samples.ts';
import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { namespace } from '../../support/redis-keys.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** More than travel at once. */
const CHANGES = 1_200;

const KINDS = {
  'one Redis': startRedisServer,
  'a Redis Cluster, whose masters each have some of them': startRedisCluster,
};

describe('many changes at once', () => {
  for (const [kind, start] of Object.entries(KINDS)) {
    it(`all reach ${kind}`, async () => {
      const redis = await start();
      const node = await createCacheNode({ redisUrl: redis.url });
      try {
        await until('it is connected', () => node.link.state === 'connected');
        const changes = Array.from({ length: CHANGES }, (_, n) => ({
          key: `product:prod-${n}` as CacheKey,
          version: n + 1,
        }));
        assert.equal(await node.tombstones.put(changes), true);
        for (const { key, version } of changes) {
          assert.deepEqual(await node.l2Reads.peek(key), { kind: 'changed', version }, key);
        }
      } finally {
        node.close();
        await redis.stop();
      }
    });
  }

  it('reach a Redis Cluster whatever the ids: an id with braces of its own does not part a key from its lease', async () => {
    const redis = await startRedisCluster();
    const node = await createCacheNode({ redisUrl: redis.url });
    try {
      await until('it is connected', () => node.link.state === 'connected');
      const keys = ['product:before', 'product:a}b', 'product:{}', 'product:after'] as const;
      assert.equal(await node.tombstones.put(keys.map((key) => ({ key, version: 7 }))), true);
      for (const key of keys)
        assert.deepEqual(await node.l2Reads.peek(key), { kind: 'changed', version: 7 }, key);
      assert.equal(node.trust.isTrusted, true);
    } finally {
      node.close();
      await redis.stop();
    }
  });

  it('are applied but for the one that Redis refuses', async () => {
    const redis = await startRedisServer();
    await redis.client.call('ACL', [
      'SETUSER',
      'shop',
      'on',
      '>secret',
      `~${namespace}{product:*`,
      `~${namespace}lease:*`,
      `~${namespace}claim:*`,
      `~${namespace}change:*`,
      `~${namespace}rights*`,
      '&*',
      '+@all',
    ]);
    const node = await createCacheNode({ redisUrl: redis.url.replace('//', '//shop:secret@') });
    const reasons: string[] = [];
    node.events.on('unusable-change', (reason) => reasons.push(reason));
    try {
      await until('it is connected', () => node.link.state === 'connected');
      const changes = Array.from({ length: CHANGES }, (_, n) => ({
        key: (n === 777 ? 'secret:key' : `product:prod-${n}`) as CacheKey,
        version: n + 1,
      }));
      // Twice, as after a failure of the relay: it is reported once.
      for (const _ of ['first', 'again']) assert.equal(await node.tombstones.put(changes), true);
      for (const { key, version } of changes.filter(({ key }) => key.startsWith('product:')))
        assert.deepEqual(await node.l2Reads.peek(key), { kind: 'changed', version }, key);
      assert.deepEqual(reasons, ['refused']);
      assert.equal(node.trust.isTrusted, true);
    } finally {
      node.close();
      await redis.stop();
    }
  });

  it('leave nothing in Redis if they are replayed and nothing is cached, and are met by what is', async () => {
    const redis = await startRedisServer();
    const node = await createCacheNode({ redisUrl: redis.url, tracked: true });
    try {
      const replay = (keys: readonly CacheKey[]) =>
        node.tombstones.put(keys.map((key) => ({ key, version: 7, isReplayed: true })));
      const uncached = Array.from({ length: CHANGES }, (_, n): CacheKey => `product:prod-${n}`);
      const alone: CacheKey = 'product:in-l1-alone';
      await node.l1.filling(alone, async (token) => node.l1.fill(entryOf(alone, 6), token, 'origin'));
      assert.equal(node.l1.get(alone).kind, 'trusted');
      assert.equal(await replay([...uncached, alone]), true);
      assert.deepEqual(await redis.client.keys('*{product:*'), []);
      await until('L1 learns of it', () => node.l1.get(alone).kind !== 'trusted');

      const [stored, leased, claimed] = ['product:stored', 'product:leased', 'product:claimed'] as const;
      const filled = await node.l2.lease(stored);
      assert.ok(filled !== null && (await node.l2.fill(entryOf(stored, 6), filled)) === 'filled');
      const lease = await node.l2.lease(leased);
      await node.l2.announce(claimed);
      assert.equal(await replay([stored, leased, claimed]), true);
      for (const key of [stored, leased, claimed])
        assert.deepEqual(await node.l2Reads.peek(key), { kind: 'changed', version: 7 }, key);
      assert.ok(lease !== null && (await node.l2.fill(entryOf(leased, 6), lease)) === 'lease-lost');
    } finally {
      node.close();
      await redis.stop();
    }
  });
});
