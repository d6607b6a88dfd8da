import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

describe('a load that a change supersedes', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const entryNow = async (): Promise<CacheEntry> =>
    node.maker.make(key, { loaded: await origin.load(), startedAtMs: performance.now(), floorVersion: 0 });

  /** A change whose invalidation this process gets, as every process does. */
  const change = async () => {
    origin.version += 1;
    origin.open();
    await node.l2.put(await entryNow(), null);
    node.l1.suspect(key);
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
    origin = new TestOrigin();
    keys += 1;
    key = `product:superseded-${keys}`;
  });
  afterEach(() => origin.open());

  it('leaves nothing old behind, and answers with the new state', async () => {
    origin.close();
    const read = node.cache.read(key, origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    await change();
    assert.equal((await read).entry.version, 2);
    assert.equal((await node.entryInRedis(key))?.version, 2);
    assert.equal((await node.cache.read(key, origin.load)).entry.version, 2);
  });

  it('leaves nothing behind of a thing that was deleted meanwhile', async () => {
    origin.close();
    const read = node.cache.read(key, origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    origin.present = false;
    await node.tombstones.put([{ key, version: 2 }]);
    node.l1.suspect(key);
    origin.open();
    assert.equal((await read).entry.state, 'absent');
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 2]);
  });

  it('leaves nothing old behind when the changed entry was flushed meanwhile', async () => {
    origin.close();
    const read = node.cache.read(key, origin.load);
    await until('the origin is asked', () => origin.asked === 1);
    await change();
    await redis.client.flushall();
    assert.equal((await read).entry.version, 2);
    assert.notEqual((await node.entryInRedis(key))?.version, 1);
  });

  it('does not answer readers that joined it after the last change, however often it was superseded', async () => {
    origin.close();
    const first = node.cache.read(key, origin.load);
    let late: typeof first | undefined;
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await until('the origin is asked again', () => origin.asked === attempt);
      origin.version += 1;
      await node.tombstones.put([{ key, version: origin.version }]);
      node.l1.suspect(key);
      if (attempt === 4) late = node.cache.read(key, origin.load);
      origin.open();
      origin.close();
    }
    await until('the origin is asked for the late one', () => origin.asked === 5);
    origin.open();
    assert.equal((await first).entry.version, 4);
    assert.equal((await late)?.entry.version, 5);
  });

  it('does not put an old refresh over a newer entry', async () => {
    await node.cache.read(key, origin.load);
    origin.close();
    const asked = origin.asked;
    const refresh = node.cache.read(key, origin.load, { bypass: true });
    await until('the origin is asked again', () => origin.asked === asked + 1);
    await change();
    await refresh;
    assert.equal((await node.cache.read(key, origin.load)).entry.version, 2);
    assert.equal((await node.entryInRedis(key))?.version, 2);
  });
});
