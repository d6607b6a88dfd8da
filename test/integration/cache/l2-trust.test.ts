import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { newLease } from '#src/libs/cache/src/scripts/l2-scripts';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { changeInRedis } from '../../support/change-in-redis.ts';
import { killClients } from '../../support/client-list.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('a process with an untrusted L2', () => {
  let redis: RedisServer;
  /** Trusts L2 in any case, as a process does that never lost it. */
  let trusting: CacheNode;
  let distrusting: CacheNode[];
  let wary: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const read = (node = wary) => node.cache.read(key, origin.load);
  const verify = (node = wary) => node.trust.verified(performance.now(), node.trust.distrustCount);
  /** Redis has the first state of the key; the second one was committed, and never reached it. */
  const missAChange = async () => {
    await trusting.cache.read(key, origin.load);
    origin.version = 2;
    origin.asked = 0;
  };

  before(async () => {
    redis = await startRedisServer();
    trusting = await createCacheNode({ redisUrl: redis.url });
    const config = { failureMs: 1 };
    distrusting = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: redis.url, config })));
    [wary] = distrusting as [CacheNode];
  });
  beforeEach(() => {
    for (const { trust } of distrusting) watchOwn(trust);
    origin = new TestOrigin();
    keys += 1;
    key = `product:untrusted-${keys}`;
  });
  afterEach(() => origin.open());
  after(async () => {
    for (const node of [trusting, ...distrusting]) node.close();
    await redis.stop();
  });

  it('reads the origin and not what Redis holds, once for all its readers', async () => {
    await missAChange();
    origin.close();
    const reads = distrusting.flatMap((node) => Array.from({ length: 50 }, () => read(node)));
    await until('each process asks', () => origin.asked === distrusting.length);
    origin.open();
    for (const { servedFrom: from, entry } of await Promise.all(reads)) {
      assert.deepEqual([from, entry.version], ['origin', 2]);
    }
    assert.equal(origin.asked, distrusting.length);
  });

  it('fills its load into Redis, under a lease: processes that trust L2 read it there', async () => {
    await missAChange();
    await read();
    assert.equal((await wary.entryInRedis(key))?.version, 2);
    assert.equal(await redis.client.exists(redisKeys.lease(key)), 0);
  });

  it('fills nothing in where another one has the lease: what that one will fill in is as good', async () => {
    await missAChange();
    assert.ok((await trusting.l2.lease(key)) !== null);
    assert.equal((await read()).entry.version, 2);
    assert.equal((await wary.entryInRedis(key))?.version, 1);
  });

  it('takes no answer that was under way when L2 became untrusted', async () => {
    await missAChange();
    verify();
    const answer = wary.readL2(key);
    wary.trust.distrust('a command failed');
    assert.equal((await answer).kind, 'unavailable');
  });

  it('looks at nothing there, except where it says so', async () => {
    await missAChange();
    assert.equal((await wary.l2Reads.peek(key)).kind, 'unavailable');
    assert.equal((await wary.l2Reads.peekUntrusted(key)).kind, 'hit');
  });

  describe('and whose origin fails', () => {
    it('serves the entries of Redis as stale-if-error', async () => {
      await missAChange();
      origin.failing = true;
      const { servedFrom: from, entry } = await read();
      assert.deepEqual([from, entry.version], ['l2', 1]);
    });

    it('serves nothing older than what it has seen, though its L1 lost that', async () => {
      await missAChange();
      wary.l1.outdated(key, 2);
      origin.failing = true;
      await assert.rejects(read(), /the origin fails/);
    });

    it('serves what L1 keeps before what Redis holds', async () => {
      await read();
      // Suspect, as always after L2 was untrusted.
      verify();
      wary.trust.distrust('a command failed');
      origin.failing = true;
      const { servedFrom: from, entry } = await read();
      assert.deepEqual([from, entry.version], ['l1', 1]);
    });

    for (const standing of ['untrusted', 'trusted']) {
      it(`serves nothing that it keeps where Redis knows of a change, ${standing} or not`, async () => {
        await read();
        verify();
        if (standing === 'untrusted') wary.trust.distrust('a command failed');
        await changeInRedis(trusting, key, 2);
        origin.failing = true;
        await assert.rejects(read(), /the origin fails/);
        assert.equal(wary.l1.kept(key), null);
      });
    }
  });

  it('compares all entries of L1 when L2 is trusted again', async () => {
    verify();
    await read();
    assert.equal((await read()).servedFrom, 'l1');
    await changeInRedis(trusting, key, 2);
    origin.version = 2;
    await read(trusting);
    const asked = origin.asked;
    wary.trust.distrust('a command failed');
    verify();
    const { servedFrom: from, entry } = await read();
    assert.deepEqual([from, entry.version, origin.asked], ['l2', 2, asked]);
  });
});

describe('the loss of trust in L2', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let key: CacheKey;
  let keys = 0;

  const verify = () => {
    node.trust.verified(performance.now(), node.trust.distrustCount);
    assert.ok(node.trust.isTrusted);
  };
  const entryNow = () => {
    const loaded = { state: 'present', version: 1, body: 'x' } as const;
    return node.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
  };
  const commands: Record<string, () => Promise<unknown>> = {
    'a read': () => node.readL2(key),
    'a lease': () => node.l2.lease(key),
    'a fill': () => node.l2.fill(entryNow(), newLease(key)),
    'a change with its state': () => node.l2.put(entryNow(), null),
    'a change without its state': () => changeInRedis(node, key, 2),
    'a look': () => node.l2Reads.peek(key),
    "a group's generation": () => node.groups.keyWithin(`category:${keys}`, key),
    "a group's new generation": () => node.groups.begin(`category:${keys}`),
  };

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url, tracked: true });
    watchOwn(node.trust);
  });
  beforeEach(() => {
    keys += 1;
    key = `product:distrust-${keys}`;
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  it('comes with the loss of the tracking link: the server may have been restarted in between', async () => {
    verify();
    await killClients(redis.client, 'hotshelf-tracking');
    await until('L2 is untrusted', () => !node.trust.isTrusted);
  });

  for (const name of ['a lease', "a group's generation"]) {
    it(`comes with ${name} that a full Redis refuses`, async () => {
      await redis.client.config('SET', 'maxmemory', '1');
      try {
        verify();
        await commands[name]?.();
        assert.ok(!node.trust.isTrusted);
      } finally {
        await redis.client.config('SET', 'maxmemory', '0');
      }
    });
  }

  it('comes with no command that Redis answers, not even one that finds nothing', async () => {
    verify();
    for (const command of Object.values(commands)) await command();
    assert.ok(node.trust.isTrusted);
  });

  it('comes with every command that cannot be sent', async () => {
    await redis.kill();
    await until(
      'the connection is gone',
      async () => (await node.l2Reads.peekUntrusted(key)).kind === 'unavailable',
    );
    for (const [name, command] of Object.entries(commands)) {
      verify();
      await command();
      assert.ok(!node.trust.isTrusted, name);
    }
  });
});
