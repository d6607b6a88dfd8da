import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeEntry, encodeTombstone } from '#src/libs/cache/src/entry/codec';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';

/** As many as one command looks at. */
const MAX_PEEKS = 128;

describe('looks at what Redis has', () => {
  let redis: RedisServer;
  let node: CacheNode;

  const put = (key: CacheKey, version: number) => {
    const loaded = { state: 'present', version, body: '{}' } as const;
    const entry = node.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
    return redis.client.set(key, encodeEntry(entry), 'PX', 60_000);
  };

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url });
    // The driver sends a script's text the first time, which counts as something else.
    await node.shared.peek('product:first');
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  it('are one command for all of a moment, and what one key holds is nothing to the others', async () => {
    await put('product:same', 3);
    await put('product:other', 4);
    await redis.client.set('product:changed', encodeTombstone(5), 'PX', 60_000);
    await redis.client.set('product:garbage', 'garbage');
    await redis.client.rpush('product:list', 'of another type');
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const peeks = await Promise.all([
        node.shared.peek('product:garbage'),
        node.shared.peek('product:same', 3),
        node.shared.peek('product:list'),
        node.shared.peek('product:other', 3),
        node.shared.peek('product:nothing'),
        node.shared.peek('product:changed', 5),
      ]);
      const kinds = peeks.map(({ kind }) => kind);
      assert.deepEqual(kinds, ['unknown', 'same', 'unknown', 'entry', 'unknown', 'changed']);
      assert.ok(peeks[3]?.kind === 'entry' && peeks[3].entry.version === 4);
      assert.deepEqual(peeks[5], { kind: 'changed', version: 5 });
    });
    assert.equal(scripts, 1);
  });

  it('are several commands where there are too many for one, and each is told what its own key holds', async () => {
    const many = Array.from({ length: 2 * MAX_PEEKS + 1 }, (_, n): CacheKey => `product:many-${n}`);
    for (const [n, key] of many.entries()) await put(key, n + 1);
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const peeks = await Promise.all(many.map((key) => node.shared.peek(key)));
      for (const [n, peek] of peeks.entries()) {
        assert.ok(peek.kind === 'entry');
        assert.deepEqual([peek.entry.key, peek.entry.version], [many[n], n + 1]);
      }
    });
    assert.equal(scripts, 3);
  });

  it('see nothing when Redis is doubted before the answer has come', async () => {
    await put('product:doubted', 1);
    node.trust.watch();
    node.trust.verified(performance.now(), node.trust.doubtCount);
    const peek = node.shared.peek('product:doubted');
    node.trust.doubt('a tracking link was lost');
    assert.deepEqual(await peek, { kind: 'unknown' });
    assert.equal((await node.shared.peekUntrusted('product:doubted')).kind, 'entry');
  });
});
