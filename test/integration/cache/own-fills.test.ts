import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import type { RedisTier } from '#src/libs/cache/src/tiers/redis-tier';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { Source } from '../../support/source.ts';

describe('a fill that is announced to who made it', () => {
  let redis: RedisServer;
  let node: CacheNode;
  let source: Source;
  let key: CacheKey;
  let keys = 0;

  /** @param meanwhile happens once a fill was accepted, and before that is known here */
  const duringTheFill = (meanwhile: () => Promise<void> | void) => {
    const fill: RedisTier['fill'] = node.shared.fill.bind(node.shared);
    node.shared.fill = async (...asked) => {
      node.shared.fill = fill;
      const outcome = await fill(...asked);
      await meanwhile();
      return outcome;
    };
  };

  before(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url });
    // The driver sends a script's text the first time, which counts as something else.
    await node.shared.peek('product:first');
    await node.reader.read('product:first', new Source().load);
  });
  after(async () => {
    node.close();
    await redis.stop();
  });
  beforeEach(() => {
    source = new Source();
    keys += 1;
    key = `product:own-${keys}`;
  });

  it('is compared and found the same: the source is not asked again, and memory has it', async () => {
    duringTheFill(() => void node.memory.suspect(key));
    const { scripts } = await redisWorkDuring(redis.client, async () => {
      const read = await node.reader.read(key, source.load);
      assert.deepEqual([read.source, read.entry.version, source.asked], ['origin', 1, 1]);
    });
    assert.equal(scripts, 3, 'a lease, the fill, a look');
    assert.equal(node.memory.get(key).kind, 'trusted');
  });

  it('is not taken for all that was announced: a change may hide behind it', async () => {
    duringTheFill(async () => {
      source.version = 2;
      await node.tombstones.put([{ key, version: 2 }]);
      node.memory.suspect(key);
    });
    assert.equal((await node.reader.read(key, source.load)).entry.version, 2);
    assert.equal((await node.reader.read(key, source.load)).entry.version, 2);
  });

  it('is read again where Redis can not be asked any more', async () => {
    node.trust.watch();
    node.trust.verified(performance.now(), node.trust.doubtCount);
    duringTheFill(() => {
      source.version = 2;
      node.memory.suspect(key);
      node.trust.doubt('a tracking link was lost');
    });
    assert.equal((await node.reader.read(key, source.load)).entry.version, 2);
    assert.equal(source.asked, 2);
  });
});
