import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { OutboxSession } from '#libs/db';
import type { Leadership, OutboxDrain } from '#src/libs/coherence/src/outbox-drain';
import { type Api, startApi } from '../../support/api.ts';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { drainInto } from '../../support/outbox-drain.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis, usesRedis } from '../../support/uses-redis.ts';

const CHANGE_OF_1 = `UPDATE products SET stock = stock + 1 WHERE id = 'prod-1'`;
const LOOKS = 5;

describe('rows that are deleted from the outbox by hand while a transaction is open', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;

  const marked = async () => JSON.parse((await redis.client.get(redisKeys.watermark)) ?? '{}');
  const change = async (id: string) => {
    const sql = 'UPDATE products SET stock = stock + 1 WHERE id = $1 RETURNING version';
    const [row] = await catalogue.sql<{ version: string }>(sql, [id]);
    return Number(row?.version);
  };

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());
  beforeEach(async () => {
    redis = await startRedisServer();
  });
  afterEach(() => redis.stop());

  describe('for the relay', () => {
    let node: CacheNode;
    let session: OutboxSession;
    let leadership: Leadership;
    let drain: OutboxDrain;

    const drained = async () => (await drain.drain(leadership)).kind;
    /** The epochs of some looks at the outbox. */
    const epochsOf = async (looks: number) => {
      const epochs = new Set<string>();
      for (let look = 0; look < looks; look += 1) {
        assert.equal(await drained(), 'drained');
        const { epoch, reason } = await marked();
        epochs.add(`${reason} ${epoch}`);
      }
      return epochs;
    };

    beforeEach(async () => {
      node = await createCacheNode({ redisUrl: redis.url });
      const settings = readConfig({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
      const { namespace } = settings.redis;
      session = await OutboxSession.open(settings.database, namespace, 'leader');
      drain = drainInto(node);
      leadership = drain.leadershipOver(session);
      await drained();
    });
    afterEach(async () => {
      await session.close();
      node.close();
    });

    it('begin one epoch, however often the outbox is read, and none when the transaction commits', async () => {
      const commit = await catalogue.hold(CHANGE_OF_1);
      try {
        await change('prod-2');
        const { epoch } = await marked();
        await catalogue.sql('DELETE FROM outbox');
        const epochs = await epochsOf(LOOKS);
        assert.equal(epochs.size, 1);
        assert.match([...epochs][0] ?? '', /^outbox-pruned /);
        assert.notEqual((await marked()).epoch, epoch);
        const version = await change('prod-3');
        await commit();
        assert.deepEqual(await epochsOf(1), epochs);
        for (const [id, least] of [
          ['prod-1', 1],
          ['prod-3', version],
        ] as const) {
          const bytes = await redis.client.getBuffer(redisKeys.entry(`product:${id}`));
          assert.ok((bytes?.readDoubleBE(4) ?? 0) >= least, `the change of ${id} was applied`);
        }
      } finally {
        await commit();
      }
    });

    it('begin another one if rows of that transaction are deleted before they were applied', async () => {
      const commit = await catalogue.hold(CHANGE_OF_1);
      try {
        await change('prod-2');
        await catalogue.sql('DELETE FROM outbox');
        const first = await epochsOf(2);
        await commit();
        await catalogue.sql('DELETE FROM outbox');
        const second = await epochsOf(2);
        assert.equal(second.size, 1);
        assert.notDeepEqual(second, first);
      } finally {
        await commit();
      }
    });

    it('begin none if the database is a copy whose original deleted them', async () => {
      const before = await epochsOf(1);
      await catalogue.sql(`UPDATE outbox_state SET pruned_below = '900000000', pruned_by = '900000000'`);
      assert.deepEqual(await epochsOf(LOOKS), before);
    });
  });

  describe('for a service', () => {
    let api: Api;

    beforeEach(async () => {
      await catalogue.sql(`UPDATE outbox_state SET pruned_below = '0', pruned_by = '0'`);
      api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
      await untilUsesRedis(api);
    });
    afterEach(() => api.stop());

    it('begin one epoch, after which Redis is used as before', async () => {
      const epochs = () => api.metric('coherence_epochs_total{reason="outbox-pruned"}');
      const commit = await catalogue.hold(CHANGE_OF_1);
      try {
        await change('prod-2');
        await catalogue.sql('DELETE FROM outbox');
        await until('an epoch has begun', async () => (await epochs()) > 0);
        await untilUsesRedis(api);
        const beat = async () => Number((await marked()).beat);
        const seenAt = await beat();
        await until('the relay has looked again', async () => (await beat()) >= seenAt + LOOKS);
        assert.ok(await usesRedis(api));
        assert.equal(await epochs(), 1);
      } finally {
        await commit();
      }
    });
  });
});
