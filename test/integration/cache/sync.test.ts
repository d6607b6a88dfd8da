import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { RevalidationOutcome } from '#src/libs/cache/src/events';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { changeInRedis } from '../../support/change-in-redis.ts';
import { heardBy } from '../../support/heard-by.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('an L1 that receives invalidations', () => {
  let redis: RedisServer;
  /** Between `near` and the notices; its commands go the direct way. */
  let proxy: TcpProxy;
  let near: CacheNode;
  let far: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;
  let outcomes: RevalidationOutcome[];
  let received: Map<CacheNode, ReadonlySet<CacheKey>>;

  const versionOf = async (node: CacheNode, of = key) =>
    (await node.cache.read(of, origin.load)).entry.version;
  const isTrusted = (node: CacheNode, of = key) => node.l1.get(of).kind === 'trusted';
  /** A link that is lost under a busy machine begins an epoch: what was read before it is compared by the next read. */
  const trustedBy = (node: CacheNode, of = key) =>
    until('the entry is in L1 and trusted', async () => {
      await node.cache.read(of, origin.load);
      return isTrusted(node, of);
    });
  const change = async (of = key) => {
    origin.version += 1;
    await changeInRedis(far, of, origin.version);
  };
  const linkIs = (standing: boolean) =>
    new Promise<void>((resolve) => {
      near.events.on('tracking', function heard(synced) {
        if (synced !== standing) return;
        near.events.off('tracking', heard);
        resolve();
      });
    });
  /** The link is gone, and does not come back before the network lets it. */
  const loseLink = async () => {
    const lost = linkIs(false);
    proxy.swallow();
    proxy.cut();
    await lost;
  };
  const regainLink = async () => {
    const back = linkIs(true);
    proxy.pass();
    await back;
  };

  before(async () => {
    redis = await startRedisServer();
    proxy = await startTcpProxy(redis.url);
    // An hour: nothing here is right just because time passed.
    const config = { l1UnsyncedTtlMs: 3_600_000 };
    near = await createCacheNode({ redisUrl: redis.url, config, tracked: proxy.url });
    far = await createCacheNode({ redisUrl: redis.url, config, tracked: true });
    near.events.on('revalidated', (outcome) => outcomes.push(outcome));
    received = new Map([near, far].map((node) => [node, heardBy(node)]));
  });
  beforeEach(() => {
    origin = new TestOrigin();
    keys += 1;
    key = `product:sync-${keys}`;
    outcomes = [];
  });
  afterEach(() => {
    origin.open();
    proxy.pass();
  });
  after(async () => {
    near.close();
    far.close();
    await proxy.stop();
    await redis.stop();
  });

  it('serves a change that another process made, soon after', async () => {
    await trustedBy(near);
    await change();
    await until('the change is served', async () => (await versionOf(near)) === 2, 1_000);
    assert.equal(await versionOf(far), 2);
    assert.equal(origin.asked, 2);
  });

  it('compares what changed before anyone asks for it', async () => {
    await trustedBy(near);
    outcomes.length = 0;
    await change();
    await until('it was compared', () => outcomes.includes('gone'));
    assert.equal(near.l1.get(key).kind, 'none');
  });

  it('takes the new state from Redis where it is there already', async () => {
    await trustedBy(near);
    origin.version += 1;
    await far.changes.writing(key, async ({ committing, committed }) => {
      const state = await origin.load();
      await committing(state);
      await committed(state);
    });
    const asked = origin.asked;
    await until('the new state is in L1', () => {
      const found = near.l1.get(key);
      return found.kind === 'trusted' && found.entry.version === 2;
    });
    assert.equal(origin.asked, asked);
  });

  it('is not notified of what any process fills in', async () => {
    assert.equal((await near.cache.read(key, origin.load)).servedFrom, 'origin');
    assert.equal((await far.cache.read(key, origin.load)).servedFrom, 'l2');
    // The change of another key comes after it over the same link.
    const other: CacheKey = `${key}-other`;
    await changeInRedis(far, other, 1);
    await until('both were notified of the other key', () =>
      [near, far].every((node) => received.get(node)?.has(other)),
    );
    for (const node of [near, far]) {
      assert.equal(received.get(node)?.has(key), false);
      assert.equal((await node.cache.read(key, origin.load)).servedFrom, 'l1');
    }
    assert.equal(origin.asked, 1);
  });

  it('is notified of a change that a fill has brought to Redis before it', async () => {
    await trustedBy(near);
    // Committed: a process that loads now has it before Redis is notified.
    origin.version += 1;
    await redis.client.del(redisKeys.entry(key));
    assert.equal(await versionOf(far, key), 2);
    assert.equal(await versionOf(near, key), 1);
    await changeInRedis(far, key, 2);
    await until('the change is served', async () => (await versionOf(near)) === 2, 1_000);
    assert.equal(origin.asked, 2);
  });

  it('is notified by a write whose state a fill has brought to Redis before it', async () => {
    await trustedBy(near);
    await far.changes.writing(key, async ({ committing, committed }) => {
      origin.version += 1;
      const state = await origin.load();
      await committing(state);
      await redis.client.del(redisKeys.entry(key));
      assert.equal(await versionOf(far, key), 2);
      await committed(state);
    });
    await until('the change is served', async () => (await versionOf(near)) === 2, 1_000);
  });

  it('is notified once of a change that its writer has put and the relay brings again', async () => {
    await trustedBy(near);
    await far.changes.writing(key, async ({ committing, committed }) => {
      origin.version += 1;
      const state = await origin.load();
      await committing(state);
      await committed(state);
    });
    await until('the change is served', async () => (await versionOf(near)) === 2, 1_000);
    let heard = 0;
    const suspect = near.l1.suspect.bind(near.l1);
    near.l1.suspect = (of) => {
      if (of === key) heard += 1;
      return suspect(of);
    };
    await changeInRedis(far, key, 2);
    const other: CacheKey = `${key}-other`;
    await changeInRedis(far, other, 1);
    await until('it was notified of what came after', () => received.get(near)?.has(other) === true);
    assert.equal(heard, 0);
  });

  it('is notified when the generation of a group ends, and not when it is asked for', async () => {
    const group: CacheKey = `product:group-${keys}`;
    const page: CacheKey = `${group}:page`;
    const before = await near.groups.keyWithin(group, page);
    assert.equal(await far.groups.keyWithin(group, page), before);
    let forgotten = 0;
    const forget = near.groups.forget.bind(near.groups);
    near.groups.forget = (of) => {
      forgotten += 1;
      forget(of);
    };
    await redis.client.del(redisKeys.entry(`${group}:generation`));
    far.groups.forgetAll();
    await far.groups.keyWithin(group, page);
    await far.groups.begin(group);
    await until('the next generation is known', async () => {
      const [one, other] = await Promise.all([near, far].map(({ groups }) => groups.keyWithin(group, page)));
      return one === other && one !== before;
    });
    assert.equal(forgotten, 1);
  });

  for (const how of ['cut', 'swallowed'] as const) {
    it(`serves no old entry whose invalidation was lost with a link that was ${how}`, async () => {
      await trustedBy(near);
      if (how === 'cut') await loseLink();
      const noticed = linkIs(false);
      if (how === 'swallowed') proxy.swallow();
      await change();
      if (how === 'swallowed') await noticed;
      assert.equal(near.l1.kept(key)?.version, 1, 'it received no invalidation');
      await regainLink();
      assert.ok(!isTrusted(near));
      assert.equal(await versionOf(near), 2);
    });
  }

  it('lets nothing in as trusted that was asked for before the link was back', async () => {
    origin.close();
    const read = near.cache.read(key, origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    await loseLink();
    await regainLink();
    origin.open();
    await read;
    assert.ok(!isTrusted(near));
    await trustedBy(near);
    assert.equal(origin.asked, 1);
  });

  describe('after a reconnect', () => {
    const BODY_BYTES = 10_000;
    const READERS = 20;
    const load = async () => {
      origin.asked += 1;
      return { state: 'present', version: origin.version, body: 'x'.repeat(BODY_BYTES) } as const;
    };

    it('compares every key once by its version, however many readers ask: no load, and no bytes again', async () => {
      const held = Array.from({ length: 50 }, (_, n): CacheKey => `product:held-${keys}-${n}`);
      for (const each of held) {
        await near.cache.read(each, load);
        assert.ok(isTrusted(near, each));
      }
      await loseLink();
      await regainLink();
      const asked = origin.asked;
      const work = await redisWorkDuring(redis.client, async () => {
        const reads = held.flatMap((each) =>
          Array.from({ length: READERS }, () => near.cache.read(each, load)),
        );
        for (const { servedFrom: from, entry } of await Promise.all(reads)) {
          assert.equal(from, 'l2');
          assert.equal(entry.state === 'present' && entry.body.length, BODY_BYTES);
        }
      });
      assert.equal(origin.asked, asked);
      assert.equal(work.scripts, 1);
      assert.ok(work.bytesSent < BODY_BYTES * 5, `${work.bytesSent} bytes were sent`);
      for (const each of held) assert.ok(isTrusted(near, each));
    });
  });

  it('makes no herd of a flush: one load a key in the whole fleet', async () => {
    const held = Array.from({ length: 20 }, (_, n): CacheKey => `product:flushed-${keys}-${n}`);
    for (const each of held) for (const node of [near, far]) await trustedBy(node, each);
    const asked = origin.asked;
    await redis.client.flushall();
    await until('both received it', () =>
      held.every((each) => !isTrusted(near, each) && !isTrusted(far, each)),
    );
    const reads = [near, far].flatMap((node) =>
      held.flatMap((each) => Array.from({ length: 25 }, () => node.cache.read(each, origin.load))),
    );
    await Promise.all(reads);
    assert.ok(origin.asked - asked <= held.length, `${origin.asked - asked} loads of ${held.length} keys`);
  });

  it('keeps nothing old of a thing that was deleted while it was loaded', async () => {
    origin.close();
    const read = near.cache.read(key, origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    origin.present = false;
    await change();
    origin.open();
    await read;
    await until('it is known to be gone', async () => {
      const { entry } = await near.cache.read(key, origin.load);
      return entry.state === 'absent' && entry.version === 2;
    });
    assert.equal((await near.entryInRedis(key))?.state, 'absent');
  });
});
