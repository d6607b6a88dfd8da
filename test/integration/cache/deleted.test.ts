import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

const CONFIG = { freshMs: 1_000, freshJitterMs: 0, graceMs: 60_000, absentMs: 30_000, l1UnsyncedTtlMs: 500 };

/** The load finds nothing, and nothing has no version: it must not count for less than what it takes the place of. */
describe('a deleted row whose invalidation was lost', () => {
  let redis: RedisServer;
  let clock: FakeClock;
  let node: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const stateRead = async (from = node) => (await from.cache.read(key, origin.load)).entry.state;

  before(async () => {
    redis = await startRedisServer();
    clock = new FakeClock();
    node = await createCacheNode({ redisUrl: redis.url, clock, config: CONFIG });
  });
  after(async () => {
    node.close();
    await redis.stop();
  });
  beforeEach(() => {
    origin = new TestOrigin();
    origin.version = 7;
    keys += 1;
    key = `product:deleted-${keys}`;
  });

  it('is found absent once, and not at every read, where there is no Redis', async () => {
    const alone = await createCacheNode({ redisUrl: '', clock, config: CONFIG });
    assert.equal(await stateRead(alone), 'present');
    origin.present = false;
    clock.advance(501);
    for (let read = 0; read < 5; read += 1) assert.equal(await stateRead(alone), 'absent');
    assert.equal(origin.asked, 2);
  });

  it('is found absent by the refresh of the stale entry, in both tiers', async () => {
    assert.equal(await stateRead(), 'present');
    origin.present = false;
    // Redis keeps its own time: what is stale on the fake clock has its real life cut to match.
    clock.advance(1_001);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead()) === 'absent', 1_000);
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 7]);
    assert.equal(origin.asked, 2);
  });

  it('is found absent by the refresh of what L1 has, where Redis has something newer', async () => {
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: { ...CONFIG, freshMs: 100 } });
    assert.equal(await stateRead(other), 'present');
    origin.version = 8;
    await node.cache.read(key, origin.load, { bypass: true });
    origin.present = false;
    clock.advance(101);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead(other)) === 'absent', 1_000);
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 8]);
    other.close();
  });

  it('is found absent by a client that asks past the cache, and so by everyone', async () => {
    assert.equal(await stateRead(), 'present');
    origin.present = false;
    assert.equal((await node.cache.read(key, origin.load, { bypass: true })).entry.state, 'absent');
    assert.equal((await node.entryInRedis(key))?.state, 'absent');
    assert.equal(await stateRead(), 'absent');
    assert.equal(origin.asked, 2);
  });

  it('is found absent through a process that never had it', async () => {
    assert.equal(await stateRead(), 'present');
    origin.present = false;
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: CONFIG });
    await other.cache.read(key, origin.load, { bypass: true });
    assert.equal((await node.entryInRedis(key))?.state, 'absent');
    other.close();
  });

  it('is found absent by the refresh of an entry that is too large for L1', async () => {
    const small = { ...CONFIG, l1MaxBytes: 1_024 };
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: small });
    assert.equal(await stateRead(other), 'present');
    assert.equal(other.l1.count, 0);
    origin.present = false;
    clock.advance(1_001);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead(other)) === 'absent', 1_000);
    other.close();
  });

  it('is kept again when it is brought back with a version that is older than its absence', async () => {
    await stateRead();
    origin.present = false;
    await node.cache.read(key, origin.load, { bypass: true });
    origin.present = true;
    origin.version = 3;
    await node.changes.changed([{ key, version: 3 }]);
    assert.equal(await stateRead(), 'present');
    const { asked } = origin;
    for (let read = 0; read < 5; read += 1) assert.equal(await stateRead(), 'present');
    assert.equal(origin.asked, asked, 'it is answered from L1');
  });

  it('is there again after it is created again', async () => {
    await stateRead();
    origin.present = false;
    await node.cache.read(key, origin.load, { bypass: true });
    origin.present = true;
    origin.version = 8;
    await node.cache.read(key, origin.load, { bypass: true });
    assert.equal(await stateRead(), 'present');
  });
});
