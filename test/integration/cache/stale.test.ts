import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

const CONFIG = {
  freshMs: 1_000,
  freshJitterMs: 0,
  graceMs: 60_000,
  failureMs: 1_000,
  l1UnsyncedTtlMs: 3_600_000,
};

describe('stale entries', () => {
  let redis: RedisServer;
  let clock: FakeClock;
  let node: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const versionRead = async () => (await node.cache.read(key, origin.load)).entry.version;

  before(async () => {
    redis = await startRedisServer();
  });
  after(() => redis.stop());
  beforeEach(async () => {
    await redis.client.flushall();
    node?.close();
    clock = new FakeClock();
    node = await createCacheNode({ redisUrl: redis.url, clock, config: CONFIG });
    origin = new TestOrigin();
    keys += 1;
    key = `product:stale-${keys}`;
    await versionRead();
    origin.version = 2;
    assert.equal(origin.asked, 1);
  });
  after(() => node.close());

  /** Redis keeps its own time: what is stale on the fake clock has its real life cut to match. */
  const age = async (ms: number) => {
    clock.advance(ms);
    const leftMs = await redis.client.pttl(redisKeys.entry(key));
    if (leftMs > 0) await redis.client.pexpire(redisKeys.entry(key), leftMs - ms);
  };

  it('are served at once while one process refreshes them in the background', async () => {
    await age(1_001);
    origin.close();
    const reads = await Promise.all([1, 2, 3, 4, 5].map(versionRead));
    assert.deepEqual(reads, [1, 1, 1, 1, 1]);
    origin.open();
    await until('the refresh is there', async () => (await versionRead()) === 2);
    assert.equal(origin.asked, 2);
  });

  it('are refreshed by one of the nodes that read them', async () => {
    const others = await Promise.all(
      [1, 2, 3].map(() => createCacheNode({ redisUrl: redis.url, clock, config: CONFIG })),
    );
    const all = [node, ...others];
    await Promise.all(others.map((other) => other.cache.read(key, origin.load)));
    await age(1_001);
    await until('every node serves the refreshed entry', async () => {
      const reads = await Promise.all(all.map((each) => each.cache.read(key, origin.load)));
      clock.advance(1);
      return reads.every(({ entry }) => entry.version === 2);
    });
    assert.equal(origin.asked, 2);
    for (const other of others) other.close();
  });

  it('stay when their refresh fails, which is not tried again at once', async () => {
    await age(1_001);
    origin.failing = true;
    for (let read = 0; read < 100; read += 1) assert.equal(await versionRead(), 1);
    await until('the refresh has failed', () => origin.asked >= 2);
    for (let read = 0; read < 100; read += 1) assert.equal(await versionRead(), 1);
    assert.equal(origin.asked, 2);
    origin.failing = false;
    clock.advance(1_501);
    await until('it is refreshed after all', async () => (await versionRead()) === 2);
  });

  it('are served from Redis too, to a node that never had them', async () => {
    await age(1_001);
    origin.close();
    const other = await createCacheNode({ redisUrl: redis.url, clock, config: CONFIG });
    const read = await other.cache.read(key, origin.load);
    assert.deepEqual([read.servedFrom, read.entry.version], ['l2', 1]);
    origin.open();
    await until(
      'it refreshed the entry',
      async () => (await other.cache.read(key, origin.load)).entry.version === 2,
    );
    other.close();
  });

  it('are gone when their grace ends', async () => {
    await age(61_001);
    assert.equal(await versionRead(), 2);
    assert.equal(origin.asked, 2);
  });

  it('are better than an error, even where L1 is not trusted any more', async () => {
    await redis.client.del(redisKeys.entry(key));
    const alone = await createCacheNode({
      redisUrl: '',
      clock,
      config: { ...CONFIG, l1UnsyncedTtlMs: 1_000 },
    });
    await alone.cache.read(key, origin.load);
    origin.version = 3;
    clock.advance(1_001);
    assert.equal(
      (await alone.cache.read(key, origin.load)).entry.version,
      3,
      'untrusted: the origin is asked',
    );
    origin.failing = true;
    clock.advance(1_001);
    assert.equal(
      (await alone.cache.read(key, origin.load)).entry.version,
      3,
      'the origin fails: the entry is served',
    );
    clock.advance(61_000);
    await assert.rejects(alone.cache.read(key, origin.load), /the origin fails/);
  });

  it('never happen to a key that is read all the time: it is refreshed before it ends', async () => {
    let stale = 0;
    node.events.on('stale', () => {
      stale += 1;
    });
    node.events.on('miss', () => {
      stale += 1;
    });
    // Loads that take 50 ms on the clock, as the entry then says.
    const slow = async () => {
      clock.advance(50);
      return origin.load();
    };
    await node.cache.read(key, slow, { bypass: true });
    for (let ms = 0; ms < 5_000; ms += 2) {
      await node.cache.read(key, slow);
      // The clock stands still while Redis answers, or a real round trip would last for ages of it.
      while (node.refresher.count > 0) await new Promise(setImmediate);
      clock.advance(2);
    }
    assert.ok(origin.asked >= 4, 'it was refreshed');
    assert.equal(stale, 0);
  });
});

describe('the entries of L1', () => {
  it('never outlives what was left of the entry in Redis', async () => {
    const redis = await startRedisServer();
    const config = { freshMs: 400, freshJitterMs: 0, graceMs: 0 };
    const [first, second] = await Promise.all([
      createCacheNode({ redisUrl: redis.url, config }),
      createCacheNode({ redisUrl: redis.url, config }),
    ]);
    const origin = new TestOrigin();
    await first.cache.read('product:short', origin.load);
    await until(
      'little is left of it',
      async () => (await redis.client.pttl(redisKeys.entry('product:short'))) < 200,
    );
    const { entry } = await second.cache.read('product:short', origin.load);
    assert.equal(origin.asked, 1);
    assert.ok(entry.graceUntilMs - performance.now() <= 200);
    await until(
      'it is gone from L1 too',
      async () => {
        await second.cache.read('product:short', origin.load);
        return origin.asked === 2;
      },
      1_000,
    );
    first.close();
    second.close();
    await redis.stop();
  });
});
