import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { OutboxSession } from '#libs/db';
import type { ChangeApplier } from '#src/libs/coherence/src/change-applier';
import type { Leadership, OutboxDrain } from '#src/libs/coherence/src/outbox-drain';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { applierOf, drainInto } from '../../support/outbox-drain.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe('a Redis that is replaced while changes are on their way to it', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let node: CacheNode;
  let session: OutboxSession;
  let leadership: Leadership;
  let applier: ChangeApplier;
  let drain: OutboxDrain;

  /** What is done instead of going on, once, between two steps of a drain. */
  const meanwhile = <T extends object, K extends keyof T>(on: T, step: K, work: () => Promise<void>) => {
    const original = (on[step] as (...args: unknown[]) => Promise<unknown>).bind(on);
    const interrupted = async (...args: unknown[]) => {
      delete on[step];
      const result = await original(...args);
      await work();
      return result;
    };
    Object.assign(on, { [step]: interrupted });
  };
  const save = () => redis.client.call('SAVE');
  const restore = async () => {
    await redis.kill();
    await redis.restart();
    await until('Redis is used again', () => !node.link.isAway);
  };
  const change = async (id: string) => {
    const sql = 'UPDATE products SET stock = stock + 1 WHERE id = $1 RETURNING version';
    const [row] = await catalogue.sql<{ version: string }>(sql, [id]);
    return Number(row?.version);
  };
  const appliedVersion = async (id: string) => {
    const bytes = await redis.client.getBuffer(redisKeys.entry(`product:${id}`));
    return bytes === null ? 0 : bytes.readDoubleBE(4);
  };
  const drained = async () => (await drain.drain(leadership)).kind;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());
  beforeEach(async () => {
    redis = await startRedisServer();
    node = await createCacheNode({ redisUrl: redis.url });
    const settings = readConfig({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    session = await OutboxSession.open(settings.database, settings.redis.prefix, 'a process');
    applier = applierOf(node);
    drain = drainInto(node, applier);
    leadership = drain.leadershipOver(session);
    assert.equal(await drained(), 'drained');
  });
  afterEach(async () => {
    node.close();
    await session.close();
    await redis.stop();
  });

  it('gets its lost changes again: its own mark stands, and not the one that was read before', async () => {
    await save();
    const lost = await change('prod-1');
    assert.equal(await drained(), 'drained');
    const late = await change('prod-2');
    meanwhile(session, 'state', restore);
    assert.equal(await drained(), 'redis-replaced');
    assert.equal(await appliedVersion('prod-1'), 0, 'the older state is there');
    assert.equal(await drained(), 'drained');
    assert.deepEqual([await appliedVersion('prod-1'), await appliedVersion('prod-2')], [lost, late]);
  });

  it('gets them again also if the older state has the mark that was read', async () => {
    const lost = await change('prod-3');
    meanwhile(session, 'state', async () => {
      await save();
    });
    meanwhile(applier, 'apply', restore);
    assert.equal(await drained(), 'redis-replaced');
    assert.equal(await appliedVersion('prod-3'), 0, 'it was applied to the one before');
    assert.equal(await drained(), 'drained');
    assert.equal(await appliedVersion('prod-3'), lost);
  });

  it('begins a new epoch when it was emptied, and gets all changes from then on', async () => {
    await change('prod-4');
    meanwhile(applier, 'apply', async () => {
      await redis.client.flushall();
    });
    assert.equal(await drained(), 'redis-replaced');
    assert.equal(await drained(), 'drained');
    const version = await change('prod-4');
    assert.equal(await drained(), 'drained');
    assert.equal(await appliedVersion('prod-4'), version);
  });

  it('takes garbage in the place of a mark for none: what Redis holds goes, since changes may be missing in it', async () => {
    await change('prod-5');
    assert.equal(await drained(), 'drained');
    await redis.client.del(redisKeys.watermark);
    await redis.client.lpush(redisKeys.watermark, 'x');
    assert.equal(await drained(), 'drained');
    assert.deepEqual(await redis.client.keys('*'), [redisKeys.watermark]);
    const version = await change('prod-5');
    assert.equal(await drained(), 'drained');
    assert.equal(await appliedVersion('prod-5'), version);
  });

  it('is asked by the mark alone where the user may not ask for more', async () => {
    await redis.client.call('ACL', 'SETUSER', 'default', '-info');
    const version = await change('prod-6');
    assert.equal(await drained(), 'drained');
    assert.equal(await appliedVersion('prod-6'), version);
  });
});
