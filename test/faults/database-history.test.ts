import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { runCommand } from '../support/run-command.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** From when Postgres answers again. Usually less than 2 s; a pool that is just giving its old connections up takes longer. */
const SOON_MS = 4_000;

for (const kind of ['one Redis', 'a Redis Cluster'] as const) {
  describe(`a database that has another history than before, over ${kind}`, () => {
    let postgres: OwnPostgres;
    let proxy: TcpProxy;
    let catalogue: Catalogue;
    let redis: { readonly url: string; stop(): Promise<void> };
    let apis: Api[];

    const stock = async (api: Api, id: string) =>
      ((await (await api.get(`/products/${id}`)).json()) as { stock?: number }).stock;
    const set = (id: string, value: number) =>
      catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, value]);
    const everywhere = (id: string, value: number) =>
      until(
        `every process answers ${value}`,
        async () => (await Promise.all(apis.map((api) => stock(api, id)))).every((each) => each === value),
        SOON_MS,
      );
    /** Not once, but from then on: what one tier forgot, another may bring back. */
    const goesOn = async (id: string, value: number) => {
      await everywhere(id, value);
      for (let n = 0; n < 20; n += 1)
        for (const api of apis) {
          const response = await api.get(`/products/${id}`);
          const body = await response.text();
          assert.ok(body.includes(`"stock":${value},`), `${response.status} ${body}`);
        }
    };
    const epochs = async (reason: string) =>
      Promise.all(apis.map((api) => api.metric(`coherence_epochs_total{reason="${reason}"}`)));
    const applied = async () => {
      const counts = await Promise.all(apis.map((api) => api.metric('outbox_applied_total')));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    /** Applied, and read by all, so that every tier has versions that the database is about to lose. */
    const makeHistory = async (id: string, times = 50) => {
      const before = await applied();
      for (let n = 1; n <= times; n += 1) await set(id, 7_000 + n);
      await until('the relay has applied it', async () => (await applied()) >= before + times);
      await everywhere(id, 7_000 + times);
    };

    before(async () => {
      [postgres, redis] = await Promise.all([
        startOwnPostgres(),
        kind === 'one Redis' ? startRedisServer() : startRedisCluster(),
      ]);
      proxy = await startTcpProxy(postgres.url);
      catalogue = await createCatalogue(50, onPort(postgres.url, proxy.port));
    });
    beforeEach(async () => {
      const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
      apis = await Promise.all([startApi(settings), startApi(settings)]);
      await Promise.all(apis.map(untilUsesRedis));
    });
    afterEach(async () => {
      await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    });
    after(async () => {
      await proxy.stop();
      await redis.stop();
      await postgres.stop();
    });

    for (const [what, reason, loss] of [
      ['is restored to an earlier point', 'went-back', 'restore'],
      ['fails over to a standby that lacked the last commits', 'database-changed', 'promote'],
    ] as const) {
      it(`${what}: every process forgets what never was, and hears of what changes then`, async () => {
        await set('prod-1', 5_555);
        const backup = await postgres.backup();
        proxy.leadTo(postgres.port);
        await Promise.all(apis.map(untilUsesRedis));
        await makeHistory('prod-1');
        await backup[loss]();
        proxy.leadTo(postgres.port);
        await goesOn('prod-1', 5_555);
        await Promise.all(apis.map(untilUsesRedis));
        // Versions and transactions that were there already, in the past that is lost.
        for (let n = 1; n <= 5; n += 1) {
          await set('prod-1', n);
          await everywhere('prod-1', n);
        }
        assert.deepEqual(await epochs(reason), [1, 1]);
        for (const api of apis)
          assert.equal(api.lines().filter((line) => line.includes('new epoch')).length, 1);
      });
    }

    it('has its sequence set back by hand: later changes come through, and one epoch is enough', async () => {
      await makeHistory('prod-2');
      await catalogue.sql(`SELECT setval('catalogue_version', 1)`);
      await until('all have begun a new epoch', async () => String(await epochs('went-back')) === '1,1');
      // Read before it changes: its row has a version above those that the sequence dealt out next.
      await everywhere('prod-2', 7_050);
      await Promise.all(apis.map(untilUsesRedis));
      for (const value of [22, 23, 24]) {
        await set('prod-2', value);
        await goesOn('prod-2', value);
      }
      await Promise.all(apis.map(untilUsesRedis));
      assert.deepEqual(await epochs('went-back'), [1, 1]);
    });

    it('has rows that were imported with versions above the sequence: no epoch begins for them', async () => {
      await catalogue.sql(
        `INSERT INTO products (id, name, price, stock, category_id, version)
         VALUES ('prod-imported', 'Imported', 1, 5, 'cat-test', 900000000)`,
      );
      await everywhere('prod-imported', 5);
      await goesOn('prod-3', 3);
      for (const reason of ['went-back', 'database-changed', 'watermark-lost'])
        assert.deepEqual(await epochs(reason), [0, 0]);
    });
  });
}

describe('a database whose last commits are lost in a crash', () => {
  let postgres: OwnPostgres;
  let redis: RedisServer;
  let proxy: TcpProxy;
  let catalogue: Catalogue;
  let api: Api;

  /** Past the proxy, which the service goes through. */
  const sqlDirectly = async <Row extends pg.QueryResultRow>(text: string) => {
    const client = new pg.Client(onPort(catalogue.url, postgres.port));
    await client.connect();
    return (await client.query<Row>(text).finally(() => client.end())).rows;
  };

  before(async () => {
    [postgres, redis] = await Promise.all([
      // Commits are acknowledged long before they are on the disk.
      startOwnPostgres({ wal_writer_delay: '10s' }),
      startRedisServer(),
    ]);
    proxy = await startTcpProxy(postgres.url);
    catalogue = await createCatalogue(10, onPort(postgres.url, proxy.port));
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop('SIGKILL');
    await proxy.stop();
    await redis.stop();
    await postgres.stop();
  });

  it('is served as it is then, also if more was written since than was lost', async () => {
    const stock = async () => ((await (await api.get('/products/prod-1')).json()) as { stock: number }).stock;
    await catalogue.sql('CHECKPOINT');
    await catalogue.sql('UPDATE products SET stock = 7777');
    await until('it is served', async () => (await stock()) === 7_777);
    await until('it is applied', async () => (await api.metric('outbox_applied_total')) >= 10);
    await postgres.kill();
    await postgres.restart();
    const [row] = await sqlDirectly<{ stock: number }>(`SELECT stock FROM products WHERE id = 'prod-1'`);
    assert.equal(row?.stock, 1, 'the crash lost it');
    await sqlDirectly('CREATE TABLE filler AS SELECT md5(n::text) FROM generate_series(1, 50000) AS n');
    proxy.leadTo(postgres.port);
    await until('what Postgres has is served', async () => (await stock()) === 1, SOON_MS);
    await catalogue.sql('UPDATE products SET stock = 8');
    await until('a later change is served', async () => (await stock()) === 8, SOON_MS);
  });
});

describe('an outbox that is recreated, as a restore of a dump does', () => {
  let redis: RedisServer;
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop('SIGKILL');
    await redis.stop();
    await catalogue.drop();
  });

  it('begins a new epoch, and its rows are applied', async () => {
    const stock = async () => ((await (await api.get('/products/prod-1')).json()) as { stock: number }).stock;
    await stock();
    await until(
      'Redis has it',
      async () => (await redis.client.exists(redisKeys.entry('product:prod-1'))) === 1,
    );
    await catalogue.sql(`
      BEGIN;
      ALTER TABLE outbox RENAME TO former_outbox;
      CREATE TABLE outbox (LIKE former_outbox INCLUDING ALL);
      DROP TABLE former_outbox;
      ALTER TABLE products DISABLE TRIGGER USER;
      UPDATE products SET stock = 99;
      ALTER TABLE products ENABLE TRIGGER USER;
      DELETE FROM relay_leaders;
      COMMIT`);
    await until('what the dump holds is served', async () => (await stock()) === 99, SOON_MS);
    assert.equal(await api.metric('coherence_epochs_total{reason="database-changed"}'), 1);
    await untilUsesRedis(api);
    await catalogue.sql('UPDATE products SET stock = 100');
    await until('a later change is served', async () => (await stock()) === 100, SOON_MS);
  });
});

describe('npm run flush', () => {
  let redis: RedisServer;
  let catalogue: Catalogue;
  let apis: Api[];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await Promise.all(apis.map(untilUsesRedis));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    await redis.stop();
    await catalogue.drop();
  });

  const stock = async (api: Api) =>
    ((await (await api.get('/products/prod-1')).json()) as { stock: number }).stock;
  const flush = (args: readonly string[] = []) =>
    runCommand(process.execPath, ['apps/local/src/jobs.ts', 'flush', ...args], {
      env: { PATH: process.env.PATH, DATABASE_URL: catalogue.url },
    });

  it('makes every process read rows again that were changed past the triggers', async () => {
    for (const api of apis) assert.equal(await stock(api), 1);
    await catalogue.sql(`
      DO $$
      DECLARE mode record;
      BEGIN
        CREATE TEMP TABLE modes ON COMMIT DROP AS
          SELECT tgname, CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END AS mode
          FROM pg_trigger WHERE tgrelid = 'products'::regclass AND NOT tgisinternal;
        ALTER TABLE products DISABLE TRIGGER USER;
        UPDATE products SET stock = 4711;
        FOR mode IN SELECT * FROM modes LOOP
          EXECUTE format('ALTER TABLE products %s TRIGGER %I', mode.mode, mode.tgname);
        END LOOP;
      END $$`);
    for (const api of apis) assert.equal(await stock(api), 1, 'no trigger fired');
    const { code, output } = await flush();
    assert.deepEqual([code, output.includes('new epoch')], [0, true], output);
    for (const api of apis)
      await until('it is read again', async () => (await stock(api)) === 4_711, SOON_MS);
    const epochs = () =>
      Promise.all(apis.map((api) => api.metric('coherence_epochs_total{reason="flushed"}')));
    // A process may have read it again when Redis was emptied, before it looked at the database. The service empties its caches
    // too, once it notices that triggers were altered.
    await until('each began an epoch', async () => (await epochs()).every((count) => count >= 1), SOON_MS);
    await Promise.all(apis.map(untilUsesRedis));
    for (const api of apis) assert.equal(await stock(api), 4_711);
  });

  it('shows what it does, and refuses what it does not know', async () => {
    assert.match((await flush(['--help'])).output, /^npm run flush\n/);
    assert.equal((await flush(['--now'])).code, 2);
  });
});
