import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { RevalidationOutcome } from '#src/libs/cache/src/events';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { encodeTombstone } from '../../support/encode-tombstone.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

/** As many comparisons as the product lets be under way at once. */
const MAX_AT_ONCE = 128;

describe('an L1 that receives the invalidations of a bulk change', () => {
  const origin = new TestOrigin();
  const outcomes: RevalidationOutcome[] = [];
  let redis: RedisServer;
  let near: CacheNode;

  const isTrusted = (key: CacheKey) => near.l1.get(key).kind === 'trusted';

  before(async () => {
    redis = await startRedisServer();
    near = await createCacheNode({ redisUrl: redis.url, tracked: true });
    near.events.on('revalidated', (outcome) => outcomes.push(outcome));
  });
  after(async () => {
    near.close();
    await redis.stop();
  });

  it('compares all of a bulk change, a bounded number at once, and serves none of it old', async () => {
    const held = Array.from({ length: 5_000 }, (_, n): CacheKey => `product:bulk-${n}`);
    const { entry } = await near.cache.read('product:bulk', origin.load);
    const lifeMs = Math.floor(entry.graceUntilMs - performance.now());
    for (const each of held) await redis.client.set(redisKeys.entry(each), encodeEntry(entry), 'PX', lifeMs);
    // In parts, so that this process is not too busy to answer for its link.
    for (let n = 0; n < held.length; n += 250)
      await Promise.all(held.slice(n, n + 250).map((each) => near.cache.read(each, origin.load)));
    assert.ok(held.every((each) => isTrusted(each)));
    let atOnce = 0;
    let most = 0;
    const ask = near.l2Reads.ask.bind(near.l2Reads);
    near.l2Reads.ask = async (...asked) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      return ask(...asked).finally(() => {
        atOnce -= 1;
      });
    };
    outcomes.length = 0;
    origin.version += 1;
    const tombstone = encodeTombstone(origin.version);
    await redis.client.mset(held.flatMap((each) => [redisKeys.entry(each), tombstone]));
    await redis.client.mset(held.flatMap((each) => [redisKeys.announcement(each), '']));
    await until(
      'all were compared',
      () => outcomes.filter((outcome) => outcome === 'gone').length >= held.length,
    );
    near.l2Reads.ask = ask;
    assert.ok(most > 1 && most <= MAX_AT_ONCE, `${most} were compared at once`);
    assert.equal(near.revalidator.count, 0);
    assert.ok(held.every((each) => near.l1.kept(each) === null));
    for (const each of held.slice(0, 50))
      assert.equal((await near.cache.read(each, origin.load)).entry.version, 2);
  });
});
