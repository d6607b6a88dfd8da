import { Cluster } from 'ioredis';
import type { CacheKey } from '#libs/cache';
import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { redisTierOf } from './l2-tier.ts';
import { describeTier } from './tier-contract.ts';

describeTier('a Redis Cluster of three masters', async () => {
  const cluster = await startRedisCluster();
  const node = await createCacheNode({ redisUrl: cluster.url });
  const client = new Cluster(cluster.url.split(','));
  return {
    tier: redisTierOf(node, (key) => client.del(redisKeys.entry(key as CacheKey))),
    stop: async () => {
      node.close();
      client.disconnect();
      await cluster.stop();
    },
  };
});
