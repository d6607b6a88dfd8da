import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { Source } from '../../support/source.ts';
import { until } from '../../support/until.ts';

const CONFIG = { freshMs: 1_000, freshJitterMs: 0, graceMs: 60_000, absentMs: 30_000, l1UnsyncedTtlMs: 500 };

/** The load finds nothing, and nothing has no version: it must not count for less than what it takes the place of. */
describe('a deleted row whose invalidation was lost', () => {
  let redis: RedisServer;
  let clock: FakeClock;
  let node: CacheNode;
  let source: Source;
  let key: CacheKey;
  let keys = 0;

  const stateRead = async (from = node) => (await from.cache.read(key, source.load)).entry.state;

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
    source = new Source();
    source.version = 7;
    keys += 1;
    key = `product:deleted-${keys}`;
  });

  it('is found absent once, and not at every read, where there is no Redis', async () => {
    const alone = await createCacheNode({ redisUrl: '', clock, config: CONFIG });
    assert.equal(await stateRead(alone), 'present');
    source.present = false;
    clock.advance(501);
    for (let read = 0; read < 5; read += 1) assert.equal(await stateRead(alone), 'absent');
    assert.equal(source.asked, 2);
  });

  it('is found absent by the refresh of the stale entry, in both tiers', async () => {
    assert.equal(await stateRead(), 'present');
    source.present = false;
    // Redis keeps its own time: what is stale on the fake clock has its real life cut to match.
    clock.advance(1_001);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead()) === 'absent', 1_000);
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 7]);
    assert.equal(source.asked, 2);
  });

  it('is found absent by the refresh of what memory has, where Redis has something newer', async () => {
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: { ...CONFIG, freshMs: 100 } });
    assert.equal(await stateRead(other), 'present');
    source.version = 8;
    await node.cache.read(key, source.load, { bypass: true });
    source.present = false;
    clock.advance(101);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead(other)) === 'absent', 1_000);
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 8]);
    other.close();
  });

  it('is found absent by a client that asks past the cache, and so by everyone', async () => {
    assert.equal(await stateRead(), 'present');
    source.present = false;
    assert.equal((await node.cache.read(key, source.load, { bypass: true })).entry.state, 'absent');
    assert.equal((await node.entryInRedis(key))?.state, 'absent');
    assert.equal(await stateRead(), 'absent');
    assert.equal(source.asked, 2);
  });

  it('is found absent through a process that never had it', async () => {
    assert.equal(await stateRead(), 'present');
    source.present = false;
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: CONFIG });
    await other.cache.read(key, source.load, { bypass: true });
    assert.equal((await node.entryInRedis(key))?.state, 'absent');
    other.close();
  });

  it('is found absent by the refresh of an entry that is too large for memory', async () => {
    const small = { ...CONFIG, l1MaxBytes: 1_024 };
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: small });
    assert.equal(await stateRead(other), 'present');
    assert.equal(other.memory.count, 0);
    source.present = false;
    clock.advance(1_001);
    await redis.client.pexpire(redisKeys.entry(key), 59_999);
    await until('the refresh is there', async () => (await stateRead(other)) === 'absent', 1_000);
    other.close();
  });

  it('is kept again when it is brought back with a version that is older than its absence', async () => {
    await stateRead();
    source.present = false;
    await node.cache.read(key, source.load, { bypass: true });
    source.present = true;
    source.version = 3;
    await node.changes.changed([{ key, version: 3 }]);
    assert.equal(await stateRead(), 'present');
    const { asked } = source;
    for (let read = 0; read < 5; read += 1) assert.equal(await stateRead(), 'present');
    assert.equal(source.asked, asked, 'it is answered from memory');
  });

  it('is there again after it is created again', async () => {
    await stateRead();
    source.present = false;
    await node.cache.read(key, source.load, { bypass: true });
    source.present = true;
    source.version = 8;
    await node.cache.read(key, source.load, { bypass: true });
    assert.equal(await stateRead(), 'present');
  });
});
