import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../support/cache-node.ts';
import { heardBy } from '../support/heard-by.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { InvalidatedHistory, type Step, step } from './invalidated-history.ts';

describe('an L1 that Redis itself invalidates, in any order of events', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  let near: CacheNode;
  let far: CacheNode;

  before(async () => {
    redis = await startRedisServer();
    proxy = await startTcpProxy(redis.url);
    const config = { leaseMs: 150, failureMs: 1, l1UnsyncedTtlMs: 0 };
    near = await createCacheNode({ redisUrl: redis.url, config, tracked: proxy.url });
    far = await createCacheNode({ redisUrl: redis.url, config, tracked: true });
  });
  after(async () => {
    near.close();
    far.close();
    await proxy.stop();
    await redis.stop();
  });

  it('never goes back, never serves an entry that was invalidated, and trusts none while the link is down', async () => {
    let histories = 0;
    const heard = { near: heardBy(near), far: heardBy(far) };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps: Step[]) => {
        histories += 1;
        const key: CacheKey = `product:invalidated-${histories}`;
        await new InvalidatedHistory(key, { near, far, redis, proxy, heard }).play(steps);
      }),
      { numRuns: 150, endOnFailure: true },
    );
  });
});
