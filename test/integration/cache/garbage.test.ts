import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import { entryOf } from '../../contracts/tiers/samples.ts';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';

describe('what is in Redis and is no entry', () => {
  let redis: RedisServer;
  let node: CacheNode;

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url });
  });
  after(async () => {
    node.close();
    await redis.stop();
  });

  /** An entry as another release would write it: the part that never changes, and then anything. */
  const otherFormat = (version: number) => {
    const bytes = Buffer.concat([
      Buffer.from('HS'),
      Buffer.from([99, 1]),
      Buffer.alloc(8),
      Buffer.from('what follows'),
    ]);
    bytes.writeDoubleBE(version, 4);
    return bytes;
  };

  /** An entry of this release, but for the bytes at one place. */
  const broken = (at: number, bytes: Buffer) => {
    const entry = encodeEntry(entryOf('product:broken', 9));
    bytes.copy(entry, at);
    return entry;
  };
  const plantEntry = (key: string, bytes: Buffer) => redis.client.set(key, bytes, 'PX', 60_000);
  const notANumber = Buffer.alloc(8, 0xff);

  let keys = 0;
  for (const [what, plant] of [
    ['text', (key: string) => redis.client.set(key, 'hello')],
    ['an empty string', (key: string) => redis.client.set(key, '')],
    ['a list', (key: string) => redis.client.rpush(key, 'x')],
    ['a hash', (key: string) => redis.client.hset(key, 'x', 'y')],
    [
      'what looks like an entry of an impossible version',
      (key: string) => redis.client.set(key, otherFormat(1e300)),
    ],
    ['an entry in a state that there is not', (key: string) => plantEntry(key, broken(3, Buffer.from([7])))],
    ['an entry whose fresh time is no number', (key: string) => plantEntry(key, broken(12, notANumber))],
    ['an entry whose grace is no number', (key: string) => plantEntry(key, broken(20, notANumber))],
    [
      'an entry that is cut short',
      (key: string) => plantEntry(key, broken(36, Buffer.from([255])).subarray(0, 50)),
    ],
    ['an entry of another release', (key: string) => redis.client.set(key, otherFormat(1), 'PX', 60_000)],
  ] as const) {
    it(`is a miss: ${what}; and is written over`, async () => {
      keys += 1;
      const key = `product:garbage-${keys}` as const;
      await plant(redisKeys.entry(key));
      const origin = new TestOrigin();
      origin.version = 5;
      assert.equal((await node.cache.read(key, origin.load)).entry.version, 5);
      assert.equal((await node.entryInRedis(key))?.version, 5);
      assert.ok((await redis.client.pttl(redisKeys.entry(key))) > 0);
    });
  }

  it('still counts for its version, where another release wrote it', async () => {
    await redis.client.set(redisKeys.entry('product:newer'), otherFormat(9), 'PX', 60_000);
    const origin = new TestOrigin();
    const loaded = await origin.load();
    const old = node.maker.make('product:newer', { loaded, startedAtMs: performance.now(), floorVersion: 0 });
    assert.equal(await node.l2.put(old, null), 'not-newer');
  });
});
