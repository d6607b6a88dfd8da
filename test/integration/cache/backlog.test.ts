import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { RevalidationOutcome } from '#src/libs/cache/src/events';
import { type CacheNode, createCacheNode, watchOwn } from '../../support/cache-node.ts';
import { changeInRedis } from '../../support/change-in-redis.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('a cache whose L2 lacks a part of a backlog', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let writer: CacheNode;
  let origin: TestOrigin;
  let outcomes: RevalidationOutcome[];
  let backlogs = 0;

  const { before: oldKey, since: newKey } = { before: 'product:before', since: 'product:since' } as const;
  const read = (key: CacheKey) => node.cache.read(key, origin.load);
  const kind = (key: CacheKey) => node.l1.get(key).kind;
  /** As a replay does that comes to a change which the entry of L2 includes. */
  const announce = (key: CacheKey) => redis.client.set(redisKeys.announcement(key), '', 'PX', 1);
  const compared = (outcome: RevalidationOutcome) =>
    until(`a comparison ended with ${outcome}`, () => outcomes.includes(outcome));

  before(async () => {
    redis = await startRedisServer();
    const config = { l1UnsyncedTtlMs: 0 };
    [node, writer] = await Promise.all([
      createCacheNode({ redisUrl: redis.url, config, tracked: true }),
      createCacheNode({ redisUrl: redis.url, config }),
    ]);
    node.events.on('revalidated', (outcome) => outcomes.push(outcome));
    watchOwn(node.trust);
  });
  beforeEach(async () => {
    origin = new TestOrigin();
    outcomes = [];
    backlogs += 1;
    await redis.client.flushall();
    node.trust.verified(Date.now(), node.trust.distrustCount);
    await read(oldKey);
    node.trust.newsVerified(`${backlogs}:${backlogs}:`, Date.now(), node.trust.distrustCount);
    await read(newKey);
  });
  after(async () => {
    node.close();
    writer.close();
    await redis.stop();
  });

  it('reads the origin for what L1 has of before, and L1 for what it has loaded since', async () => {
    assert.deepEqual(
      [(await read(oldKey)).servedFrom, (await read(oldKey)).servedFrom, (await read(newKey)).servedFrom],
      ['origin', 'l1', 'l1'],
    );
  });

  it('keeps what it has loaded since when the change that is announced is included in it', async () => {
    await announce(newKey);
    await compared('same');
    // The end of the announcement's life is announced as well.
    await until('it is trusted', () => kind(newKey) === 'trusted');
    assert.equal(origin.asked, 2);
  });

  it('keeps nothing of before, although L2 has the same', async () => {
    await announce(oldKey);
    await compared('unknown');
    assert.equal(kind(oldKey), 'kept');
  });

  it('compares nothing with an L2 that may lack more than the backlog', async () => {
    node.trust.distrust('a command failed');
    await announce(newKey);
    await compared('unknown');
    assert.deepEqual([kind(newKey), outcomes.includes('same')], ['kept', false]);
  });

  it('reads the origin again for what changes now', async () => {
    origin.version += 1;
    await changeInRedis(writer, newKey, origin.version);
    await compared('unknown');
    const { servedFrom, entry } = await read(newKey);
    assert.deepEqual([servedFrom, entry.version], ['origin', origin.version]);
  });

  it('goes on without a load when the backlog is applied', async () => {
    node.trust.verified(Date.now(), node.trust.distrustCount);
    assert.equal((await read(newKey)).servedFrom, 'l1');
    assert.equal((await read(oldKey)).servedFrom, 'l2');
  });

  it('shares lists with the other processes again when the backlog is applied', async () => {
    const { groups } = node;
    const alone = await groups.keyWithin('category:a', 'category:a:page');
    assert.equal(await groups.keyWithin('category:a', 'category:a:page'), alone);
    node.trust.verified(Date.now(), node.trust.distrustCount);
    const [shared, other] = await Promise.all(
      [node, writer].map((each) => each.groups.keyWithin('category:a', 'category:a:page')),
    );
    assert.notEqual(shared, alone);
    assert.equal(shared, other);
  });
});
