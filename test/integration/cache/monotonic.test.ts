import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('the versions that one process gives its readers', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const versionOf = async (of = node) => (await of.cache.read(key, origin.load)).entry.version;
  const stateOf = async () => {
    try {
      return (await node.cache.read(key, origin.load)).entry.state;
    } catch (error) {
      assert.match(String(error), /the origin fails/);
      return 'refused';
    }
  };
  const isAsked = (times: number) => until('the origin is asked', () => origin.asked === times);
  /** The load under way cannot be filled into Redis any more. */
  const takeLeaseAway = () => redis.client.del(redisKeys.lease(key));
  /** As a Redis does that was restored, or a replica that lagged and was promoted. */
  const putBack = async (version: number) => {
    const loaded = { state: 'present', version, body: '{}' } as const;
    const entry = node.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
    await redis.client.set(redisKeys.entry(key), encodeEntry(entry), 'PX', 60_000);
  };

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url });
  });
  after(async () => {
    node.close();
    await redis.stop();
  });
  beforeEach(() => {
    origin = new TestOrigin();
    keys += 1;
    key = `product:monotonic-${keys}`;
  });
  afterEach(() => origin.open());

  it('do not go back to what L1 holds, after a read of the origin that no tier could take in', async () => {
    assert.equal(await versionOf(), 1);
    origin.version = 2;
    origin.close();
    const direct = node.cache.read(key, origin.load, { bypass: true });
    await isAsked(2);
    await takeLeaseAway();
    origin.open();
    assert.equal((await direct).entry.version, 2);
    assert.equal(await versionOf(), 2);
  });

  it('are remembered through a replay of more changes of other things than it remembers', async () => {
    node.l1.changed(key, 9);
    const others = Array.from({ length: 11_000 }, (_, n): CacheKey => `product:replayed-${n}`);
    const replayed = others.map((other) => ({ key: other, version: 7, isReplayed: true }));
    assert.equal(await node.changes.changed(replayed), true);
    assert.equal(node.l1.floorOf(key), 9);
  });

  it('do not go back to a thing that was said not to be there, where no tier could take that in', async () => {
    assert.equal(await versionOf(), 1);
    origin.present = false;
    origin.close();
    const direct = node.cache.read(key, origin.load, { bypass: true });
    await isAsked(2);
    await takeLeaseAway();
    origin.open();
    assert.equal((await direct).entry.state, 'absent');
    origin.failing = true;
    await putBack(1);
    for (const trusted of [true, false]) {
      if (!trusted) watchOwn(node.trust);
      const state = await stateOf().finally(() =>
        node.trust.verified(performance.now(), node.trust.distrustCount),
      );
      assert.notEqual(state, 'present', trusted ? 'of a trusted Redis' : 'as stale-if-error');
    }
  });

  it('do not go back to what Redis holds, after a read that no tier could take in', async () => {
    const impatient = await createCacheNode({ redisUrl: redis.url, config: { leaseMs: 1 } });
    origin.version = 2;
    origin.close();
    const read = impatient.cache.read(key, origin.load);
    await isAsked(1);
    await takeLeaseAway();
    origin.open();
    assert.equal((await read).entry.version, 2);
    await putBack(1);
    assert.equal(await versionOf(impatient), 2);
    impatient.close();
  });

  it('do not go back to what L1 holds, after a write of this process whose state no tier could take in', async () => {
    assert.equal(await versionOf(), 1);
    // Evicted: without an older entry in its place, a write that claimed nothing leaves its version there alone.
    await redis.client.del(redisKeys.entry(key));
    origin.version = 2;
    const outcome = await node.cache.write(key, async (write) => {
      await write.sending();
      return write.committed({ state: 'present', version: 2, body: '{}' });
    });
    assert.equal(outcome, 'as-tombstone');
    assert.equal(await versionOf(), 2);
  });

  it('do not go back by joining a read that began before', async () => {
    const untrusting = await createCacheNode({ redisUrl: redis.url, config: { l1UnsyncedTtlMs: 0 } });
    const opening = Promise.withResolvers<void>();
    const first = untrusting.cache.read(key, async () => {
      await opening.promise;
      return { state: 'present', version: 1, body: '{}' };
    });
    await until('it loads', async () => (await redis.client.exists(redisKeys.lease(key))) === 1);
    origin.version = 2;
    assert.equal((await untrusting.cache.read(key, origin.load, { bypass: true })).entry.version, 2);
    const later = versionOf(untrusting);
    opening.resolve();
    await first;
    assert.equal(await later, 2);
    untrusting.close();
  });

  it('do not go back after an unverified answer', async () => {
    origin.failing = true;
    await putBack(2);
    await redis.client.set(redisKeys.lease(key), 'of another process', 'PX', node.config.leaseMs);
    watchOwn(node.trust);
    try {
      assert.equal(await versionOf(), 2);
      await putBack(1);
      await assert.rejects(versionOf());
    } finally {
      node.trust.verified(performance.now(), node.trust.distrustCount);
    }
  });
});
