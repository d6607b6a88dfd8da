import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

const LEASE_MS = 20_000;

describe('a lease without a holder', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let leaseKey: string;
  let keys = 0;

  const isHeld = async () => (await redis.client.exists(leaseKey)) === 1;

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url, config: { leaseMs: LEASE_MS } });
  });
  after(async () => {
    node.close();
    await redis.stop();
  });
  beforeEach(() => {
    origin = new TestOrigin();
    keys += 1;
    key = `product:lease-${keys}`;
    leaseKey = redisKeys.lease(key);
  });
  afterEach(() => {
    origin.open();
    redis.resume();
  });

  for (const [what, plant] of [
    ['has no end', () => redis.client.set(leaseKey, 'someone')],
    ['is no lease at all', () => redis.client.rpush(leaseKey, 'someone')],
    [
      'ends in an hour, since the clock of Redis went back',
      () => redis.client.set(leaseKey, 'someone', 'EX', 3_600),
    ],
  ] as const) {
    it(`is taken over at once where it ${what}`, async () => {
      await plant();
      const startMs = performance.now();
      await node.cache.read(key, origin.load);
      assert.ok(performance.now() - startMs < LEASE_MS / 4);
      assert.equal((await node.entryInRedis(key))?.version, 1);
      assert.equal(await isHeld(), false);
    });
  }

  it('is left to its holder as long as it may stand', async () => {
    await redis.client.set(leaseKey, 'someone', 'PX', LEASE_MS);
    assert.equal((await node.readL2(key)).kind, 'held');
    assert.equal(await node.l2.lease(key), null);
    assert.equal(await redis.client.get(leaseKey), 'someone');
  });

  it('is given back if it was granted while Redis became untrusted', async () => {
    watchOwn(node.trust);
    node.trust.verified(performance.now(), node.trust.distrustCount);
    try {
      const read = node.readL2(key);
      node.trust.distrust('a tracking link was lost');
      assert.equal((await read).kind, 'unavailable');
      await until('it is given back', async () => !(await isHeld()), LEASE_MS / 4);
    } finally {
      node.trust.verified(performance.now(), node.trust.distrustCount);
    }
  });

  for (const [what, ask] of [
    ['a read', () => node.readL2(key)],
    ['a refresh', () => node.l2.lease(key)],
  ] as const) {
    it(`is given back where only the answer to ${what} was lost`, async () => {
      redis.pause();
      const asked = ask();
      await asked;
      redis.resume();
      await until('Redis has caught up', async () => (await redis.client.ping()) === 'PONG');
      await until('the lease is free', async () => !(await isHeld()), LEASE_MS / 4);
    });
  }

  it('is given back where what was loaded has no version', async () => {
    for (const version of ['7', undefined, Number.NaN, 1.5, -1]) {
      const load = async () => ({ state: 'present', version: version as number, body: '{}' }) as const;
      await assert.rejects(node.cache.read(`product:version-${version}`, load, { bypass: true }), TypeError);
      await until(
        'it is free',
        async () => (await redis.client.exists(redisKeys.lease(`product:version-${version}`))) === 0,
      );
    }
    assert.equal((await node.readL2(key)).kind, 'leased', 'Redis is not to blame');
  });

  it('is given back by a refresh that is not begun, since the key’s last load failed', async () => {
    const short = await createCacheNode({
      redisUrl: redis.url,
      config: { leaseMs: LEASE_MS, freshMs: 1, freshJitterMs: 0, failureMs: 60_000, l1UnsyncedTtlMs: 0 },
    });
    await short.cache.read(key, origin.load);
    await until('it is stale', async () => {
      const there = await short.entryInRedis(key);
      return there !== null && there.freshUntilMs < performance.now();
    });
    origin.failing = true;
    await assert.rejects(short.cache.read(key, origin.load, { bypass: true }));
    assert.equal((await short.cache.read(key, origin.load)).entry.version, 1);
    await until('the lease is free', async () => !(await isHeld()), LEASE_MS / 4);
    short.close();
  });
});

describe('a load that outlives its lease', () => {
  it('is not made again by the reader who waited for it', async () => {
    const redis = await startRedisServer();
    const node = await createCacheNode({ redisUrl: redis.url, config: { leaseMs: 100 } });
    const origin = new TestOrigin();
    origin.close();
    const read = node.cache.read('product:slow', origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    const askedAtMs = performance.now();
    await until(
      'the lease has run out',
      async () => (await redis.client.exists(redisKeys.lease('product:slow'))) === 0,
    );
    await until('no reader waits any longer', () => performance.now() - askedAtMs > 200);
    origin.open();
    assert.equal((await read).entry.version, 1);
    assert.equal(origin.asked, 1);
    node.close();
    await redis.stop();
  });
});
