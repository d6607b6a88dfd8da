import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { newLease } from '#src/libs/cache/src/tiers/lease';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { killClients } from '../../support/client-list.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { Source } from '../../support/source.ts';
import { tellRedis } from '../../support/telling.ts';
import { until } from '../../support/until.ts';

describe('a process with an untrusted L2', () => {
  let redis: RedisServer;
  /** Trusts L2 in any case, as a process does that never lost it. */
  let believer: CacheNode;
  let doubters: CacheNode[];
  let doubter: CacheNode;
  let source: Source;
  let key: CacheKey;
  let keys = 0;

  const read = (node = doubter) => node.cache.read(key, source.load);
  const believe = (node = doubter) => node.trust.verified(performance.now(), node.trust.doubtCount);
  /** Redis has the first state of the key; the second one was committed, and never reached it. */
  const missAChange = async () => {
    await believer.cache.read(key, source.load);
    source.version = 2;
    source.asked = 0;
  };

  before(async () => {
    redis = await startRedisServer();
    believer = await createCacheNode({ redisUrl: redis.url });
    const config = { failureMs: 1 };
    doubters = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: redis.url, config })));
    [doubter] = doubters as [CacheNode];
  });
  beforeEach(() => {
    for (const { trust } of doubters) watchOwn(trust);
    source = new Source();
    keys += 1;
    key = `product:doubted-${keys}`;
  });
  afterEach(() => source.open());
  after(async () => {
    for (const node of [believer, ...doubters]) node.close();
    await redis.stop();
  });

  it('reads the source and not what Redis holds, once for all its readers', async () => {
    await missAChange();
    source.close();
    const reads = doubters.flatMap((node) => Array.from({ length: 50 }, () => read(node)));
    await until('each process asks', () => source.asked === doubters.length);
    source.open();
    for (const { source: from, entry } of await Promise.all(reads)) {
      assert.deepEqual([from, entry.version], ['origin', 2]);
    }
    assert.equal(source.asked, doubters.length);
  });

  it('fills its load into Redis, under a lease: processes that trust L2 read it there', async () => {
    await missAChange();
    await read();
    assert.equal((await doubter.entryInRedis(key))?.version, 2);
    assert.equal(await redis.client.exists(redisKeys.lease(key)), 0);
  });

  it('fills nothing in where another one has the lease: what that one will fill in is as good', async () => {
    await missAChange();
    assert.ok((await believer.shared.lease(key)) !== null);
    assert.equal((await read()).entry.version, 2);
    assert.equal((await doubter.entryInRedis(key))?.version, 1);
  });

  it('takes no answer that was under way when L2 became untrusted', async () => {
    await missAChange();
    believe();
    const answer = doubter.shared.read(key);
    doubter.trust.doubt('a command failed');
    assert.equal((await answer).kind, 'unavailable');
  });

  it('looks at nothing there, except where it says so', async () => {
    await missAChange();
    assert.equal((await doubter.shared.peek(key)).kind, 'unknown');
    assert.equal((await doubter.shared.peekUntrusted(key)).kind, 'entry');
  });

  describe('and whose source fails', () => {
    it('serves what Redis holds as the last resort', async () => {
      await missAChange();
      source.failing = true;
      const { source: from, entry } = await read();
      assert.deepEqual([from, entry.version], ['redis', 1]);
    });

    it('serves nothing older than what it has seen, though its memory lost that', async () => {
      await missAChange();
      doubter.memory.outdated(key, 2);
      source.failing = true;
      await assert.rejects(read(), /the source fails/);
    });

    it('serves what memory keeps before what Redis holds', async () => {
      await read();
      // Suspect, as always after L2 was untrusted.
      believe();
      doubter.trust.doubt('a command failed');
      source.failing = true;
      const { source: from, entry } = await read();
      assert.deepEqual([from, entry.version], ['memory', 1]);
    });

    for (const standing of ['doubted', 'believed']) {
      it(`serves nothing that it keeps where Redis knows of a change, ${standing} or not`, async () => {
        await read();
        believe();
        if (standing === 'doubted') doubter.trust.doubt('a command failed');
        await tellRedis(believer, key, 2);
        source.failing = true;
        await assert.rejects(read(), /the source fails/);
        assert.equal(doubter.memory.kept(key), null);
      });
    }
  });

  it('compares all entries of L1 when L2 is trusted again', async () => {
    believe();
    await read();
    assert.equal((await read()).source, 'memory');
    await tellRedis(believer, key, 2);
    source.version = 2;
    await read(believer);
    const asked = source.asked;
    doubter.trust.doubt('a command failed');
    believe();
    const { source: from, entry } = await read();
    assert.deepEqual([from, entry.version, source.asked], ['redis', 2, asked]);
  });
});

describe('the loss of trust in L2', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let key: CacheKey;
  let keys = 0;

  const believe = () => {
    node.trust.verified(performance.now(), node.trust.doubtCount);
    assert.ok(node.trust.isTrusted);
  };
  const entryNow = () => {
    const loaded = { state: 'present', version: 1, body: 'x' } as const;
    return node.maker.make(key, { loaded, startedAtMs: performance.now(), floorVersion: 0 });
  };
  const commands: Record<string, () => Promise<unknown>> = {
    'a read': () => node.shared.read(key),
    'a lease': () => node.shared.lease(key),
    'a fill': () => node.shared.fill(entryNow(), newLease(key)),
    'a change with its state': () => node.shared.put(entryNow(), null),
    'a change without its state': () => tellRedis(node, key, 2),
    'a look': () => node.shared.peek(key),
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
    key = `product:doubt-${keys}`;
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  it('comes with the loss of the tracking link: the server may have been restarted in between', async () => {
    believe();
    await killClients(redis.client, 'hotshelf-tracking');
    await until('L2 is untrusted', () => !node.trust.isTrusted);
  });

  for (const name of ['a lease', "a group's generation"]) {
    it(`comes with ${name} that a full Redis refuses`, async () => {
      await redis.client.config('SET', 'maxmemory', '1');
      try {
        believe();
        await commands[name]?.();
        assert.ok(!node.trust.isTrusted);
      } finally {
        await redis.client.config('SET', 'maxmemory', '0');
      }
    });
  }

  it('comes with no command that Redis answers, not even one that finds nothing', async () => {
    believe();
    for (const command of Object.values(commands)) await command();
    assert.ok(node.trust.isTrusted);
  });

  it('comes with every command that cannot be sent', async () => {
    await redis.kill();
    await until(
      'the connection is gone',
      async () => (await node.shared.peekUntrusted(key)).kind === 'unknown',
    );
    for (const [name, command] of Object.entries(commands)) {
      believe();
      await command();
      assert.ok(!node.trust.isTrusted, name);
    }
  });
});
