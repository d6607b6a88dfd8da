import type { CacheKey } from '#libs/cache';
import type { ProgramCommand } from '#src/apps/local/src/debian-packages';
import { createCacheNode } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisTierOf } from './l2-tier.ts';

/** A tier over one Redis of its own. @param server which; default: the one that all tests run on */
export async function startOneRedis(server?: ProgramCommand) {
  return oneRedis(await startRedisServer([], server));
}

/** A tier over a Redis, which is stopped with it. */
export async function oneRedis(redis: RedisServer) {
  const node = await createCacheNode({ redisUrl: redis.url });
  return {
    tier: redisTierOf(node, (key) => redis.client.del(redisKeys.entry(key as CacheKey))),
    stop: async () => {
      node.close();
      await redis.stop();
    },
  };
}
