import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

describe('a group of entries', () => {
  let redis: RedisServer;
  let clock: FakeClock;
  let nodes: CacheNode[];

  before(async () => {
    redis = await startRedisServer();
    clock = new FakeClock();
    const config = { l1UnsyncedTtlMs: 1_000 };
    nodes = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: redis.url, clock, config })));
  });
  after(async () => {
    for (const node of nodes) node.close();
    await redis.stop();
  });

  const keys = (page: string) =>
    Promise.all(nodes.map(({ groups }) => groups.keyWithin('category:a', `category:a:${page}`)));

  it('gives every node the same key of a member', async () => {
    const [one, other] = await keys('page-1');
    assert.equal(one, other);
    assert.match(one ?? '', /^category:a:page-1@\d+$/);
  });

  it('gives all its members new keys by one change, which the other nodes follow within a second', async () => {
    const before = await Promise.all([keys('page-1'), keys('page-2')]);
    await nodes[0]?.groups.begin('category:a');
    clock.advance(1_000);
    const after = await Promise.all([keys('page-1'), keys('page-2')]);
    for (const [page, [one, other]] of after.entries()) {
      assert.equal(one, other);
      assert.notEqual(one, before[page]?.[0]);
    }
  });

  it('leaves other groups alone', async () => {
    const other = () => nodes[0]?.groups.keyWithin('category:b', 'category:b:page');
    const before = await other();
    await nodes[0]?.groups.begin('category:a');
    assert.equal(await other(), before);
  });

  it('never gives out a generation again, also when Redis forgot it', async () => {
    const seen = new Set<string | undefined>();
    for (let round = 0; round < 20; round += 1) {
      if (round % 2 === 0) await redis.client.flushall();
      else await nodes[0]?.groups.begin('category:a');
      clock.advance(1_000);
      seen.add((await keys('page'))[0]);
    }
    assert.equal(seen.size, 20);
  });

  it('works alone where there is no Redis, and never comes back to what it had there', async () => {
    const [alone, another] = await Promise.all([1, 2].map(() => createCacheNode({ redisUrl: '' })));
    const key = () => alone?.groups.keyWithin('category:a', 'category:a:page');
    const first = await key();
    assert.match(first ?? '', /^category:a:page@alone-/);
    assert.equal(await key(), first);
    assert.notEqual(await another?.groups.keyWithin('category:a', 'category:a:page'), first);
    await alone?.groups.begin('category:a');
    assert.notEqual(await key(), first);
  });
});
