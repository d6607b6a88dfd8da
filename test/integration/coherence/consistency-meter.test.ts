import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type CacheKey, MonotonicClock } from '#src/libs/cache/src/entry/entry';
import { CoherenceEvents } from '#src/libs/coherence/src/events';
import { ConsistencyMeter } from '#src/libs/coherence/src/meters';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { changeInRedis } from '../../support/change-in-redis.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

interface Behind {
  readonly l1BehindMs: number;
  readonly redisBehindMs: number;
}

describe('the consistency meter', () => {
  const key: CacheKey = 'product:measured';
  let redis: RedisServer;
  let filler: CacheNode;
  let node: CacheNode;
  let origin: TestOrigin;
  let compared: Behind[];
  let meter: ConsistencyMeter;
  let away: boolean;

  before(async () => {
    redis = await startRedisServer();
    filler = await createCacheNode({ redisUrl: redis.url, config: { l1UnsyncedTtlMs: 0 } });
  });
  beforeEach(async () => {
    await redis.client.flushall();
    node?.close();
    origin = new TestOrigin();
    // By another one, and before this one gets any invalidation: a fill of its own would be announced to it at any moment
    // of the test, and memory would not be trusted until it was compared.
    await until('Redis has the key', async () => {
      await filler.cache.read(key, origin.load);
      return (await filler.entryInRedis(key)) !== null;
    });
    node = await createCacheNode({ redisUrl: redis.url, tracked: true });
    compared = [];
    away = false;
    const events = new CoherenceEvents();
    events.on('compared', (behind) => compared.push(behind));
    const versions = {
      of: async (keys: readonly CacheKey[]) => {
        if (away) throw new Error('the origin is away');
        return new Map(keys.map((each) => [each, origin.version]));
      },
    };
    meter = new ConsistencyMeter(node.l1, node.l2Reads, versions, new MonotonicClock(), events);
    await until('the key is hot and trusted', async () => {
      for (let n = 0; n < 3; n += 1) await node.cache.read(key, origin.load);
      return node.l1.trustedVersion(key) !== null && node.l1.hotKeys(1).length === 1;
    });
  });
  after(async () => {
    node.close();
    filler.close();
    await redis.stop();
  });

  it('reports that no tier is behind if none is', async () => {
    await meter.sample();
    assert.deepEqual(compared, [{ l1BehindMs: 0, redisBehindMs: 0 }]);
  });

  it('reports for how long both tiers were behind a change that had not reached them', async () => {
    origin.version = 2;
    const sampled = meter.sample();
    let looks = 0;
    const peek = node.l2Reads.peek.bind(node.l2Reads);
    node.l2Reads.peek = (...asked) => {
      looks += 1;
      return peek(...asked);
    };
    await until('it has looked more than once', () => looks > 1);
    node.l2Reads.peek = peek;
    await changeInRedis(node, key, 2);
    await sampled;
    assert.equal(compared.length, 1);
    assert.ok(
      (compared[0]?.l1BehindMs ?? 0) > 0 && (compared[0]?.redisBehindMs ?? 0) > 0,
      JSON.stringify(compared),
    );
  });

  it('measures nothing while the origin cannot be asked', async () => {
    away = true;
    await meter.sample();
    assert.deepEqual(compared, []);
  });
});
