import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { redisTierOf } from './redis-tier.ts';
import { describeTier } from './tier-contract.ts';

describeTier('one Redis', async () => {
  const redis = await startRedisServer();
  const node = await createCacheNode({ redisUrl: redis.url });
  return {
    tier: redisTierOf(node, (key) => redis.client.del(key)),
    stop: async () => {
      node.close();
      await redis.stop();
    },
  };
});
