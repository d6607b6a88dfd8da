import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { WriteThrough } from '#libs/coherence';
import { readConfig } from '#libs/config';
import { DatabaseWriter, prepared } from '#libs/db';
import { ProblemError } from '#libs/errors';
import { ResilienceEvents } from '#libs/resilience';
import type { CacheKey, Load } from '#src/libs/cache/src/entry/entry';
import { Connections } from '#src/libs/db/src/connections';
import type { ServicePool } from '#src/libs/db/src/pool';
import { DependencyPolicy } from '#src/libs/resilience/src/dependency-policy';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { applierOf } from '../../support/outbox-drain.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { openServicePool } from '../../support/service-pool.ts';
import { until } from '../../support/until.ts';

interface Row {
  readonly stock: number;
  readonly version: string;
}

const UPDATE = 'UPDATE products SET stock = $2 WHERE id = $1 RETURNING stock, version';

describe('a write of the service', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let pool: ServicePool;
  let policy: DependencyPolicy;
  let database: DatabaseWriter;
  let node: CacheNode;
  let other: CacheNode;
  let writes: WriteThrough;
  let loads = 0;
  let id: string;
  let key: CacheKey;
  let ids = 0;

  const stateOf = ({ stock, version }: Row) =>
    ({ state: 'present', version: Number(version), body: JSON.stringify({ stock }) }) as const;
  const load: Load = async () => {
    loads += 1;
    const [row] = await catalogue.sql<Row>('SELECT stock, version FROM products WHERE id = $1', [id]);
    return row === undefined ? { state: 'absent', version: 0 } : stateOf(row);
  };
  const stock = async (reader: CacheNode) => {
    const { entry } = await reader.cache.read(key, load);
    return entry.state === 'present' ? (JSON.parse(entry.body).stock as number) : null;
  };
  const write = (value: number) =>
    writes.run(
      key,
      (committing) =>
        database.write(async (sql) => (await sql<Row>(UPDATE, [id, value]))[0] as Row, committing),
      stateOf,
    );

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    const { database: settings } = readConfig({ DATABASE_URL: catalogue.url });
    pool = await openServicePool(settings);
    policy = new DependencyPolicy(
      { dependency: 'postgres', timeoutMs: 2_000, failures: 1, windowMs: 10_000, openMs: 30_000 },
      new ResilienceEvents(),
    );
    database = new DatabaseWriter(new Connections(pool), policy, settings);
    [node, other] = await Promise.all([
      createCacheNode({ redisUrl: redis.url }),
      createCacheNode({ redisUrl: redis.url }),
    ]);
    writes = new WriteThrough(node.changes, applierOf(node));
  });
  beforeEach(() => {
    ids += 1;
    id = `prod-${ids}`;
    key = `product:${id}`;
    loads = 0;
  });
  after(async () => {
    node.close();
    other.close();
    await pool.close();
    await redis.stop();
    await catalogue.drop();
  });

  it('is what this process, and who asks Redis, reads right after it, without a load', async () => {
    await write(5_000);
    assert.deepEqual([await stock(node), await stock(other), loads], [5_000, 5_000, 0]);
    await write(5_001);
    assert.deepEqual([await stock(node), loads], [5_001, 0]);
  });

  it('is not undone by a load that began before it', async () => {
    const { promise: opening, resolve: open } = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const slow = other.cache.read(key, async () => {
      const loaded = await load();
      began.resolve();
      await opening;
      return loaded;
    });
    await began.promise;
    await write(6_000);
    open();
    await slow;
    assert.equal(await stock(node), 6_000);
    assert.equal(
      JSON.parse(((await node.entryInRedis(key)) as { body: string } | null)?.body ?? '{"stock":6000}').stock,
      6_000,
    );
  });

  it('of one statement gives its state to L2 where nothing is, once one before it superseded a load', async () => {
    const single = prepared(UPDATE);
    const writeAlone = (value: number) =>
      writes.alone(
        key,
        async () => {
          const [row] = await database.alone<[stock: number, version: string]>(single, [id, value]);
          return row === undefined ? null : { stock: row[0], version: row[1] };
        },
        stateOf,
      );
    const isTombstone = async () => (await redis.client.getBuffer(redisKeys.entry(key)))?.[3] === 2;
    const { promise: opening, resolve: open } = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const slow = other.cache.read(key, async () => {
      const loaded = await load();
      began.resolve();
      await opening;
      return loaded;
    });
    await began.promise;
    await writeAlone(7_000);
    assert.equal(await isTombstone(), true);
    await writeAlone(7_001);
    assert.equal(await isTombstone(), false);
    open();
    await slow;
    loads = 0;
    assert.deepEqual([await stock(node), await stock(other), loads], [7_001, 7_001, 0]);
  });

  it('that waits for its row holds up no reader: the product is loaded and taken in meanwhile', async () => {
    const held = await stock(node);
    await redis.client.del(redisKeys.entry(key));
    const release = await catalogue.hold(`UPDATE products SET stock = stock WHERE id = '${id}'`);
    let isOver = false;
    const writing = write(8_000).finally(() => {
      isOver = true;
    });
    try {
      await until('the write waits for its row', async () => {
        const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
        return (await catalogue.sql(sql)).length === 1;
      });
      assert.equal(await stock(other), held);
      assert.notEqual(await node.entryInRedis(key), null);
      assert.equal(isOver, false, 'the reader waited for the writer');
    } finally {
      await release();
    }
    await writing;
    assert.equal(await stock(node), 8_000);
    const entry = await node.entryInRedis(key);
    assert.ok(entry?.state === 'present' && JSON.parse(entry.body).stock === 8_000);
  });

  it('gives its state to the tiers also where the news of an earlier change comes in between', async () => {
    const earlier = Number((await catalogue.sql<Row>(UPDATE, [id, 1]))[0]?.version);
    await writes.run(
      key,
      (committing) =>
        database.write(
          async (sql) => (await sql<Row>(UPDATE, [id, 8_100]))[0] as Row,
          async (row) => {
            await committing(row);
            await other.tombstones.put([{ key, version: earlier }]);
          },
        ),
      stateOf,
    );
    assert.deepEqual([await stock(other), loads], [8_100, 0]);
  });

  it('that is refused asks nothing of Redis', async () => {
    const refused = writes.run(key, () =>
      database.write(async () => {
        assert.deepEqual(await redis.client.keys(`*{${key}}*`), []);
        throw new ProblemError('REQUEST_INVALID', { detail: 'refused' });
      }),
    );
    await assert.rejects(refused, /refused/);
    assert.deepEqual(await redis.client.keys(`*{${key}}*`), []);
  });

  it('that is refused leaves nothing behind: no row, no lease, no failure held against Postgres', async () => {
    const before = await stock(node);
    await assert.rejects(
      writes.run(key, () =>
        database.write(async (sql) => {
          await sql(UPDATE, [id, 9_999]);
          throw new ProblemError('REQUEST_INVALID', { detail: 'refused' });
        }),
      ),
      /refused/,
    );
    assert.equal(await stock(node), before);
    assert.deepEqual(await catalogue.sql('SELECT stock FROM products WHERE id = $1', [id]), [
      { stock: before },
    ]);
    assert.equal(policy.state, 'closed');
    assert.notEqual(await node.l2.lease(key), null);
  });

  it('applies all its changes: a deletion changes the count of its category too', async () => {
    const { changes } = await database.write((sql) => sql('DELETE FROM products WHERE id = $1', [id]));
    assert.deepEqual(changes.map((change) => change.key).sort(), ['category:cat-test', key]);
  });

  it('that deletes is read as an absence', async () => {
    assert.notEqual(await stock(node), null);
    await writes.run(key, () => database.write((sql) => sql('DELETE FROM products WHERE id = $1', [id])));
    assert.equal(await stock(node), null);
  });

  it('is made, and read by this process, where Redis is away', async () => {
    await stock(node);
    await redis.kill();
    await write(7_000);
    assert.equal(await stock(node), 7_000);
    await redis.restart();
  });
});
