import type { ServerCommand } from '#src/apps/local/src/redis/server-command';
import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { redisTierOf } from './redis-tier.ts';

/** A tier over one Redis of its own. @param server which; default: the one that all tests run on */
export async function startOneRedis(server?: ServerCommand) {
  const redis = await startRedisServer([], server);
  const node = await createCacheNode({ redisUrl: redis.url });
  return {
    tier: redisTierOf(node, (key) => redis.client.del(key)),
    stop: async () => {
      node.close();
      await redis.stop();
    },
  };
}
