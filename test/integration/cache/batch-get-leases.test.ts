import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import type { CacheKey, PresentEntry } from '#src/libs/cache/src/entry/entry';
import type { BegunRead } from '#src/libs/cache/src/read/batch-get';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

/** So long that no lease ends by itself meanwhile. */
const LEASED = { leaseMs: 20_000 };

interface Seen {
  readonly entry: PresentEntry | null;
  readonly begun: BegunRead | null;
}

const seenAt = ({ batchGet }: CacheNode, key: CacheKey, isLoadable = true) =>
  new Promise<Seen>((resolve) => batchGet.at(key, isLoadable, (entry, begun) => resolve({ entry, begun })));

describe('a batch get whose readers load what is not there', () => {
  let redis: RedisServer;
  let near: CacheNode;
  let far: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const newKey = (): CacheKey => {
    keys += 1;
    return `product:leased-${keys}`;
  };
  /** As the fast path reads. */
  const read = async (node: CacheNode, of: CacheKey) => {
    const { entry, begun } = await seenAt(node, of);
    if (entry !== null) return { servedFrom: 'l2', entry };
    return node.reader.beyondL1(of, origin.load, undefined, begun);
  };
  const isLeased = async (of: CacheKey) => (await redis.client.exists(redisKeys.lease(of))) === 1;

  before(async () => {
    redis = await startRedisServer();
    [near, far] = await Promise.all([
      createCacheNode({ redisUrl: redis.url }),
      createCacheNode({ redisUrl: redis.url, commandTimeout: '300ms', config: LEASED }),
    ]);
  });
  after(async () => {
    near.close();
    far.close();
    await redis.stop();
  });
  beforeEach(() => {
    origin = new TestOrigin();
    key = newKey();
  });
  afterEach(() => {
    origin.open();
    redis.resume();
    for (const node of [near, far]) assert.equal(node.l1.fillsUnderWay, 0);
  });

  it('loads a key in two commands: one that leases, and one that fills', async () => {
    const many = Array.from({ length: 50 }, newKey);
    // The texts of the scripts are sent with their first calls.
    await read(near, key);
    origin.asked = 0;
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const reads = await Promise.all(many.map((each) => read(near, each)));
      assert.ok(reads.every(({ servedFrom: from }) => from === 'origin'));
    });
    assert.equal(scripts, 2);
    assert.equal(origin.asked, many.length);
    for (const each of many) {
      assert.equal((await near.entryInRedis(each))?.version, 1);
      assert.equal(await isLeased(each), false);
      assert.equal(near.l1.trustedVersion(each), 1);
    }
  });

  it('loads a key once for all readers of two processes', async () => {
    origin.close();
    const reads = [near, near, far, far].map((node) => read(node, key));
    await until('it is asked', () => origin.asked > 0);
    origin.open();
    for (const { entry } of await Promise.all(reads)) assert.equal(entry.version, 1);
    assert.equal(origin.asked, 1);
  });

  it('leases nothing for readers that do not load', async () => {
    const [mine, others] = [newKey(), newKey()];
    const [seen] = await Promise.all([seenAt(near, mine, true), seenAt(near, others, false)]);
    assert.deepEqual([await isLeased(mine), await isLeased(others)], [true, false]);
    await near.reader.beyondL1(mine, origin.load, undefined, seen.begun);
  });

  it('gives the lease back where a read is under way already', async () => {
    origin.close();
    const first = near.cache.read(key, origin.load);
    await until('it is asked', () => origin.asked > 0);
    await redis.client.del(redisKeys.lease(key));
    const joined = new Promise<void>((resolve) => near.events.once('coalesced', () => resolve()));
    const second = read(near, key);
    await joined;
    await until('its lease is given back', async () => !(await isLeased(key)));
    origin.open();
    assert.deepEqual(
      (await Promise.all([first, second])).map(({ servedFrom: from }) => from),
      ['origin', 'origin'],
    );
  });

  it('fills nothing in that was loaded before a change', async () => {
    origin.close();
    const reading = read(near, key);
    await until('it is asked', () => origin.asked > 0);
    await far.cache.changed([{ key, version: 5 }]);
    origin.version = 5;
    origin.open();
    const { entry } = await reading;
    assert.equal((await near.entryInRedis(key))?.version ?? 5, 5);
    assert.equal(entry.version, 5);
  });

  it('gives its leases back where Redis answers too late', async () => {
    redis.pause();
    const seen = seenAt(far, key);
    assert.deepEqual(await seen, { entry: null, begun: null });
    redis.resume();
    await until('the lease is given back', async () => !(await isLeased(key)), LEASED.leaseMs / 4);
  });

  it('gives its leases back where L2 became untrusted meanwhile', async () => {
    const node = await createCacheNode({ redisUrl: redis.url, config: LEASED });
    watchOwn(node.trust);
    node.trust.verified(performance.now(), node.trust.distrustCount);
    const seen = seenAt(node, key);
    await new Promise(setImmediate);
    node.trust.distrust('a tracking link was lost');
    assert.deepEqual(await seen, { entry: null, begun: null });
    await until('the lease is given back', async () => !(await isLeased(key)), LEASED.leaseMs / 4);
    node.close();
  });

  /** What is past its fresh time, and has a minute of its grace left. */
  const putStale = async (version: number) => {
    const loaded = { state: 'present', version, body: '{}' } as const;
    const entry = near.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
    await redis.client.set(redisKeys.entry(key), encodeEntry(entry), 'PX', 60_000);
  };

  it('gives what is past its fresh time to the first reader with the lease to refresh it, in one command', async () => {
    await read(near, newKey());
    await putStale(1);
    origin.version = 2;
    origin.close();
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const { servedFrom: from, entry } = await read(near, key);
      assert.deepEqual([from, entry.version], ['l2', 1]);
    });
    assert.equal(scripts, 1);
    assert.equal(await isLeased(key), true);
    origin.open();
    await until('it is refreshed', async () => (await near.entryInRedis(key))?.version === 2);
    assert.equal(await isLeased(key), false);
  });

  it('loads what is older than this process has seen, under the lease of the first reader', async () => {
    await putStale(1);
    near.l1.changed(key, 2);
    origin.version = 2;
    const { servedFrom: from, entry } = await read(near, key);
    assert.deepEqual([from, entry.version], ['origin', 2]);
    assert.equal((await near.entryInRedis(key))?.version, 2);
    assert.equal(await isLeased(key), false);
  });

  it('knows that there is no such thing', async () => {
    await near.cache.read(key, async () => ({ state: 'absent', version: 0 }));
    const { servedFrom: from, entry } = await read(far, key);
    assert.deepEqual([from, entry.state, origin.asked], ['l2', 'absent', 0]);
  });
});
