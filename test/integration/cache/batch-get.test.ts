import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import type { CacheEntry, CacheKey, Loaded, PresentEntry } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { encodeTombstone } from '../../support/encode-tombstone.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';

/** Longer than the grace, or it would be past its fresh time. */
const WHOLE_LIFE_MS = 3_900_000;

const seenAt = ({ batchGet }: CacheNode, key: CacheKey) =>
  new Promise<PresentEntry | null>((resolve) => batchGet.at(key, false, resolve));

describe('a batch get of L2', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let key: CacheKey;
  let keys = 0;

  const newKey = (): CacheKey => {
    keys += 1;
    return `product:batch-${keys}`;
  };
  const entryOf = (of: CacheKey, loaded: Loaded): CacheEntry =>
    node.maker.make(of, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
  const present = (version: number) => ({ state: 'present', version, body: `{"v":${version}}` }) as const;
  const put = async (of: CacheKey, version = 1, leftMs = WHOLE_LIFE_MS) => {
    await redis.client.set(redisKeys.entry(of), encodeEntry(entryOf(of, present(version))), 'PX', leftMs);
    return of;
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
    key = newKey();
  });

  it('finds what lies ready, and takes it into L1', async () => {
    await put(key, 3);
    assert.equal((await seenAt(node, key))?.version, 3);
    assert.equal(node.l1.trustedVersion(key), 3);
    assert.equal(node.l1.fillsUnderWay, 0);
  });

  it('asks for all keys of a moment in one command, and for each key once', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, () => put(newKey())));
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const seen = await Promise.all([...many, ...many].map((each) => seenAt(node, each)));
      assert.deepEqual(
        seen.map((entry) => entry?.key),
        [...many, ...many],
      );
    });
    assert.equal(scripts, 1);
  });

  it('asks for so many keys that one command would hold Redis up in several', async () => {
    const many = await Promise.all(Array.from({ length: 300 }, () => put(newKey())));
    const { scripts } = await redisWorkDuring(redis.client, () =>
      Promise.all(many.map((each) => seenAt(node, each))),
    );
    assert.equal(scripts, 3);
  });

  it('asks in the next command for what was asked for while one was under way', async () => {
    const [first, second] = [await put(key), await put(newKey())];
    const under = seenAt(node, first);
    await new Promise(setImmediate);
    const seen = await Promise.all([under, seenAt(node, second)]);
    assert.deepEqual(
      seen.map((entry) => entry?.key),
      [first, second],
    );
  });

  it('finds nothing in what has to be looked at closer', async () => {
    const cases: Record<string, (of: CacheKey) => Promise<unknown>> = {
      nothing: async () => {},
      'a tombstone': (of) => redis.client.set(redisKeys.entry(of), encodeTombstone(7), 'PX', WHOLE_LIFE_MS),
      'a thing that is known not to be': (of) =>
        redis.client.set(
          redisKeys.entry(of),
          encodeEntry(entryOf(of, { state: 'absent', version: 0 })),
          'PX',
          WHOLE_LIFE_MS,
        ),
      'what is past its fresh time': (of) => put(of, 1, 60_000),
      garbage: (of) => redis.client.set(redisKeys.entry(of), 'HS'),
      'what begins like an entry and is none': (of) => {
        const bytes = encodeEntry(entryOf(of, { state: 'present', version: 1, body: '{}' }));
        return redis.client.set(redisKeys.entry(of), bytes.fill(0, 36, 37), 'PX', WHOLE_LIFE_MS);
      },
      'a key of another type': (of) => redis.client.lpush(redisKeys.entry(of), 'x'),
      'what never ends': async (of) => redis.client.persist(redisKeys.entry(await put(of))),
    };
    for (const [what, prepare] of Object.entries(cases)) {
      const [of, beside] = [newKey(), await put(newKey())];
      await prepare(of);
      const seen = await Promise.all([seenAt(node, of), seenAt(node, beside)]);
      assert.equal(seen[0], null, what);
      assert.equal(seen[1]?.key, beside, `${what}, beside something that is there`);
      assert.equal(node.l1.trustedVersion(of), null, what);
    }
  });

  it('takes nothing that is older than what this process has seen', async () => {
    await put(key, 1);
    node.l1.changed(key, 2);
    assert.equal(await seenAt(node, key), null);
    assert.equal(node.l1.trustedVersion(key), null);
  });

  it('takes nothing of a key that changed while it was on its way', async () => {
    await put(key, 1);
    const get = seenAt(node, key);
    node.l1.suspect(key);
    assert.equal(await get, null);
  });

  it('is not joined by readers after a change', async () => {
    await put(key, 1);
    const before = seenAt(node, key);
    node.l1.suspect(key);
    const after = seenAt(node, key);
    assert.equal(await before, null);
    assert.equal((await after)?.version, 1);
  });

  it('remembers the version of what L1 has no room for', async () => {
    const narrow = await createCacheNode({ redisUrl: redis.url, config: { l1MaxBytes: 65_536 } });
    const body = JSON.stringify({ text: 'x'.repeat(20_000) });
    await redis.client.set(
      redisKeys.entry(key),
      encodeEntry(entryOf(key, { ...present(9), body })),
      'PX',
      WHOLE_LIFE_MS,
    );
    assert.equal((await seenAt(narrow, key))?.version, 9);
    assert.equal(narrow.l1.trustedVersion(key), null);
    assert.equal(narrow.l1.floorOf(key), 9);
    narrow.close();
  });
});

describe('a batch get of a Redis that does not answer', () => {
  let redis: RedisServer;
  let node: CacheNode;

  beforeEach(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url, commandTimeout: '100ms' });
  });
  afterEach(async () => {
    node.close();
    redis.resume();
    await redis.stop();
  });

  it('finds nothing, makes L2 untrusted, and ends the wait of later readers too', async () => {
    watchOwn(node.trust);
    node.trust.verified(performance.now(), node.trust.distrustCount);
    assert.ok(node.batchGet.arePossible);
    const before = node.trust.distrustCount;
    redis.pause();
    const first = seenAt(node, 'product:a');
    await new Promise(setImmediate);
    const late = seenAt(node, 'product:b');
    assert.deepEqual(await Promise.all([first, late]), [null, null]);
    assert.equal(node.trust.distrustCount, before + 1, 'only one command was sent, and failed');
    assert.equal(node.batchGet.arePossible, false);
    assert.equal(node.l1.fillsUnderWay, 0);
  });

  it('uses no reply that was under way when L2 became untrusted', async () => {
    watchOwn(node.trust);
    node.trust.verified(performance.now(), node.trust.distrustCount);
    const entry = node.maker.make('product:a', {
      loaded: { state: 'present', version: 1, body: '{}' },
      startedAtMs: performance.now(),
      floorVersion: 0,
    });
    await redis.client.set(redisKeys.entry('product:a'), encodeEntry(entry), 'PX', WHOLE_LIFE_MS);
    const get = seenAt(node, 'product:a');
    setImmediate(() => node.trust.distrust('a tracking link was lost'));
    assert.equal(await get, null);
  });
});
