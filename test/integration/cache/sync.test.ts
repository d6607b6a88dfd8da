import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { RevalidationOutcome } from '#src/libs/cache/src/events';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { heardBy } from '../../support/heard-by.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { Source } from '../../support/source.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { tellRedis } from '../../support/telling.ts';
import { until } from '../../support/until.ts';

describe('memory that is told of changes', () => {
  let redis: RedisServer;
  /** Between `near` and the notices; its commands go the direct way. */
  let proxy: TcpProxy;
  let near: CacheNode;
  let far: CacheNode;
  let source: Source;
  let key: CacheKey;
  let keys = 0;
  let outcomes: RevalidationOutcome[];
  let told: Map<CacheNode, ReadonlySet<CacheKey>>;

  const versionOf = async (node: CacheNode, of = key) =>
    (await node.reader.read(of, source.load)).entry.version;
  const isTrusted = (node: CacheNode, of = key) => node.memory.get(of).kind === 'trusted';
  /** Reads, and waits until the notice of the fill that came of it was dealt with. */
  const trustedBy = (node: CacheNode, of = key) =>
    until('the entry is in memory, compared and trusted', async () => {
      await node.reader.read(of, source.load);
      return told.get(node)?.has(of) === true && isTrusted(node, of);
    });
  const change = async (of = key) => {
    source.version += 1;
    await tellRedis(far, of, source.version);
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
    told = new Map([near, far].map((node) => [node, heardBy(node)]));
  });
  beforeEach(() => {
    source = new Source();
    keys += 1;
    key = `product:sync-${keys}`;
    outcomes = [];
  });
  afterEach(() => {
    source.open();
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
    assert.equal(source.asked, 2);
  });

  it('compares what changed before anyone asks for it', async () => {
    await trustedBy(near);
    outcomes.length = 0;
    await change();
    await until('it was compared', () => outcomes.includes('gone'));
    assert.equal(near.memory.get(key).kind, 'none');
  });

  it('takes the new state from Redis where it is there already', async () => {
    await trustedBy(near);
    source.version += 1;
    await far.changes.writing(key, async (renew) => renew(await source.load()));
    const asked = source.asked;
    await until('the new state is in memory', () => {
      const found = near.memory.get(key);
      return found.kind === 'trusted' && found.entry.version === 2;
    });
    assert.equal(source.asked, asked);
  });

  it('keeps what it filled in itself, though it is told of that too', async () => {
    assert.equal((await near.reader.read(key, source.load)).source, 'origin');
    await until('it was told, and has compared', () => told.get(near)?.has(key) === true && isTrusted(near));
    assert.equal((await near.reader.read(key, source.load)).source, 'memory');
    assert.equal(source.asked, 1);
  });

  for (const how of ['cut', 'swallowed'] as const) {
    it(`serves nothing old of which the notice was lost with a link that was ${how}`, async () => {
      await trustedBy(near);
      if (how === 'cut') await loseLink();
      const noticed = linkIs(false);
      if (how === 'swallowed') proxy.swallow();
      await change();
      if (how === 'swallowed') await noticed;
      assert.equal(near.memory.kept(key)?.version, 1, 'it was not told');
      await regainLink();
      assert.ok(!isTrusted(near));
      assert.equal(await versionOf(near), 2);
    });
  }

  it('lets nothing in as trusted that was asked for before the link was back', async () => {
    source.close();
    const read = near.reader.read(key, source.load);
    await until('the source is asked', () => source.asked === 1);
    await loseLink();
    await regainLink();
    source.open();
    await read;
    assert.ok(!isTrusted(near));
    await trustedBy(near);
    assert.equal(source.asked, 1);
  });

  describe('after a reconnect', () => {
    const BODY_BYTES = 10_000;
    const READERS = 20;
    const load = async () => {
      source.asked += 1;
      return { state: 'present', version: source.version, body: 'x'.repeat(BODY_BYTES) } as const;
    };

    it('compares every key once by its version, however many readers ask: no load, and no bytes again', async () => {
      const held = Array.from({ length: 50 }, (_, n): CacheKey => `product:held-${keys}-${n}`);
      for (const each of held) {
        await near.reader.read(each, load);
        await until('it was compared', () => told.get(near)?.has(each) === true && isTrusted(near, each));
      }
      await loseLink();
      await regainLink();
      const asked = source.asked;
      const work = await redisWorkDuring(redis.client, async () => {
        const reads = held.flatMap((each) =>
          Array.from({ length: READERS }, () => near.reader.read(each, load)),
        );
        for (const { source: from, entry } of await Promise.all(reads)) {
          assert.equal(from, 'redis');
          assert.equal(entry.state === 'present' && entry.body.length, BODY_BYTES);
        }
      });
      assert.equal(source.asked, asked);
      assert.equal(work.scripts, held.length);
      assert.ok(work.bytesSent < BODY_BYTES * 5, `${work.bytesSent} bytes were sent`);
      for (const each of held) assert.ok(isTrusted(near, each));
    });
  });

  it('makes no herd of a flush: one load a key in the whole fleet', async () => {
    const held = Array.from({ length: 20 }, (_, n): CacheKey => `product:flushed-${keys}-${n}`);
    for (const each of held) for (const node of [near, far]) await trustedBy(node, each);
    const asked = source.asked;
    await redis.client.flushall();
    await until('both were told', () =>
      held.every((each) => !isTrusted(near, each) && !isTrusted(far, each)),
    );
    const reads = [near, far].flatMap((node) =>
      held.flatMap((each) => Array.from({ length: 25 }, () => node.reader.read(each, source.load))),
    );
    await Promise.all(reads);
    assert.ok(source.asked - asked <= held.length, `${source.asked - asked} loads of ${held.length} keys`);
  });

  it('keeps nothing old of a thing that was deleted while it was loaded', async () => {
    source.close();
    const read = near.reader.read(key, source.load);
    await until('the source is asked', () => source.asked === 1);
    source.present = false;
    await change();
    source.open();
    await read;
    await until('it is known to be gone', async () => {
      const { entry } = await near.reader.read(key, source.load);
      return entry.state === 'absent' && entry.version === 2;
    });
    assert.equal((await near.entryInRedis(key))?.state, 'absent');
  });
});
