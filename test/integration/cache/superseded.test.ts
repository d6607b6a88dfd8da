import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { Source } from '../../support/source.ts';
import { until } from '../../support/until.ts';

describe('a load that a change supersedes', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let source: Source;
  let key: CacheKey;
  let keys = 0;

  const entryNow = async (): Promise<CacheEntry> =>
    node.maker.make(key, { loaded: await source.load(), startedAtMs: performance.now(), floorVersion: 0 });

  /** A change whose invalidation this process gets, as every process does. */
  const change = async () => {
    source.version += 1;
    source.open();
    await node.shared.put(await entryNow(), null);
    node.memory.suspect(key);
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
    source = new Source();
    keys += 1;
    key = `product:superseded-${keys}`;
  });
  afterEach(() => source.open());

  it('leaves nothing old behind, and answers with the new state', async () => {
    source.close();
    const read = node.cache.read(key, source.load);
    await until('the source is asked', () => source.asked === 1);
    await change();
    assert.equal((await read).entry.version, 2);
    assert.equal((await node.entryInRedis(key))?.version, 2);
    assert.equal((await node.cache.read(key, source.load)).entry.version, 2);
  });

  it('leaves nothing behind of a thing that was deleted meanwhile', async () => {
    source.close();
    const read = node.cache.read(key, source.load);
    await until('the source is asked', () => source.asked === 1);
    source.present = false;
    await node.tombstones.put([{ key, version: 2 }]);
    node.memory.suspect(key);
    source.open();
    assert.equal((await read).entry.state, 'absent');
    const kept = await node.entryInRedis(key);
    assert.deepEqual([kept?.state, kept?.version], ['absent', 2]);
  });

  it('leaves nothing old behind when the changed entry was flushed meanwhile', async () => {
    source.close();
    const read = node.cache.read(key, source.load);
    await until('the source is asked', () => source.asked === 1);
    await change();
    await redis.client.flushall();
    assert.equal((await read).entry.version, 2);
    assert.notEqual((await node.entryInRedis(key))?.version, 1);
  });

  it('does not answer readers that joined it after the last change, however often it was superseded', async () => {
    source.close();
    const first = node.cache.read(key, source.load);
    let late: typeof first | undefined;
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await until('the source is asked again', () => source.asked === attempt);
      source.version += 1;
      await node.tombstones.put([{ key, version: source.version }]);
      node.memory.suspect(key);
      if (attempt === 4) late = node.cache.read(key, source.load);
      source.open();
      source.close();
    }
    await until('the source is asked for the late one', () => source.asked === 5);
    source.open();
    assert.equal((await first).entry.version, 4);
    assert.equal((await late)?.entry.version, 5);
  });

  it('does not put an old refresh over a newer entry', async () => {
    await node.cache.read(key, source.load);
    source.close();
    const asked = source.asked;
    const refresh = node.cache.read(key, source.load, { bypass: true });
    await until('the source is asked again', () => source.asked === asked + 1);
    await change();
    await refresh;
    assert.equal((await node.cache.read(key, source.load)).entry.version, 2);
    assert.equal((await node.entryInRedis(key))?.version, 2);
  });
});
