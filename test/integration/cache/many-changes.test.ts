import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
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
          assert.deepEqual(await node.shared.peek(key, 0), { kind: 'changed', version }, key);
        }
      } finally {
        node.close();
        await redis.stop();
      }
    });
  }
});
