import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { migrateCatalogue } from '#src/apps/api/src/catalogue/migrations/index';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** The look at the triggers, the second for which an entry in L1 is trusted then, and some for a busy machine. */
const SOON_MS = 15_000;
/** A change that is recorded again, on a machine that starts other services meanwhile. */
const NOTICED_MS = 5_000;

interface Health {
  readonly status: string;
  readonly details: {
    readonly cache: { readonly status: string; readonly trust: string; readonly message?: string };
  };
}

/** How a database comes to change without recording it, and what the service says of it. */
const WAYS = [
  {
    what: 'the triggers of a table are disabled',
    sql: 'ALTER TABLE products DISABLE TRIGGER ALL',
    says: /triggers of the table products are disabled: .*record_update/,
  },
  {
    what: 'one trigger is disabled',
    sql: 'ALTER TABLE products DISABLE TRIGGER record_update',
    says: /triggers of the table products are disabled: record_update;/,
  },
  {
    what: 'a trigger is missing',
    sql: 'DROP TRIGGER record_update ON products',
    says: /triggers of the table products are missing: record_update;/,
  },
  {
    what: 'a trigger is missing with its function',
    sql: 'DROP FUNCTION record_products CASCADE',
    says: /triggers of the table products are missing: record_insert, record_update, record_delete;/,
  },
] as const;

/** A service over a database and a Redis of its own, and what a test asks of it. */
class Place {
  readonly catalogue: Catalogue;
  readonly redis: RedisServer;
  api: Api;

  private constructor(catalogue: Catalogue, redis: RedisServer, api: Api) {
    this.catalogue = catalogue;
    this.redis = redis;
    this.api = api;
  }

  static async open(): Promise<Place> {
    const [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
    return new Place(catalogue, redis, api);
  }

  async close(): Promise<void> {
    await this.api.stop('SIGKILL');
    await Promise.all([this.redis.stop(), this.catalogue.drop()]);
  }

  readonly health = async () => (await (await this.api.get('/health')).json()) as Health;

  readonly stock = async (id: string) =>
    ((await (await this.api.get(`/products/${id}`)).json()) as { stock?: number }).stock;

  readonly set = (id: string, value: number) =>
    this.catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, value]);

  readonly migrate = () => migrateCatalogue(readConfig({ DATABASE_URL: this.catalogue.url }).database);

  readonly linesOf = (context: string) =>
    this.api
      .lines()
      .map((line) => JSON.parse(line) as { context: string; level: number; msg: string })
      .filter((line) => line.context === context);

  readonly untilDegraded = (says: RegExp) =>
    until(
      'the health says why it is degraded',
      async () => {
        const { status, details } = await this.health();
        return status === 'degraded' && says.test(details.cache.message ?? '');
      },
      SOON_MS,
    );

  readonly untilServed = (id: string, value: number) =>
    until(`${value} is served`, async () => (await this.stock(id)) === value, SOON_MS);
}

/** Most of each test is waiting for the next look at the triggers; so several run at once. */
const AT_ONCE = 3;

describe('a database that does not record its changes', { concurrency: AT_ONCE }, () => {
  /** A test of a place of its own. */
  const inPlace = (test: (place: Place) => Promise<void>) => async () => {
    const place = await Place.open();
    try {
      await test(place);
    } finally {
      await place.close();
    }
  };

  for (const { what, sql, says } of WAYS) {
    it(
      `is degraded if ${what}, serves no entry for long, and heals when it is migrated`,
      inPlace(
        async ({ catalogue, api, health, stock, set, migrate, linesOf, untilDegraded, untilServed }) => {
          assert.equal(await stock('prod-1'), 1);
          await catalogue.sql(sql);
          await untilDegraded(says);
          assert.match((await health()).details.cache.message ?? '', /run npm run migrate$/);
          assert.equal((await api.get('/health/ready')).status, 200);
          for (let n = 0; n < 20; n += 1) assert.equal((await health()).details.cache.trust, 'doubted');
          // No process is notified of it: it shows by what is not trusted any more.
          await set('prod-1', 111);
          await untilServed('prod-1', 111);
          await set('prod-1', 112);
          await untilServed('prod-1', 112);
          const lines = linesOf('Recording');
          assert.equal(lines.length, 1);
          assert.match(lines[0]?.msg ?? '', says);
          assert.notDeepEqual(await migrate(), []);
          await until('nothing is degraded', async () => (await health()).status === 'ok', SOON_MS);
          await set('prod-1', 113);
          await until('the change is noticed', async () => (await stock('prod-1')) === 113, NOTICED_MS);
          assert.deepEqual(await migrate(), []);
        },
      ),
    );
  }

  it(
    'is degraded after an import that enabled all triggers alike',
    inPlace(async ({ catalogue, health, migrate, untilDegraded }) => {
      await catalogue.sql('ALTER TABLE categories DISABLE TRIGGER ALL');
      await catalogue.sql('ALTER TABLE categories ENABLE TRIGGER ALL');
      await untilDegraded(/triggers of the table categories are not set as they have to be: .*record_row/);
      assert.deepEqual(
        (await migrate()).map((repaired) => repaired.split(' ')[1]),
        ['stamp_insert', 'stamp_change', 'record_row', 'record_truncate'],
      );
      await until('nothing is degraded', async () => (await health()).status === 'ok', SOON_MS);
    }),
  );

  it(
    'loses nothing of what changed while the triggers were disabled for a moment',
    inPlace(async ({ catalogue, health, stock, set, untilServed }) => {
      assert.equal(await stock('prod-2'), 2);
      await catalogue.sql('ALTER TABLE products DISABLE TRIGGER record_update');
      await set('prod-2', 222);
      await catalogue.sql('ALTER TABLE products ENABLE TRIGGER record_update');
      await untilServed('prod-2', 222);
      await until('nothing is degraded', async () => (await health()).status === 'ok', SOON_MS);
    }),
  );

  it(
    'is degraded without its outbox, quietly, and heals when it is migrated',
    inPlace(async ({ catalogue, api, health, stock, set, migrate, linesOf, untilDegraded, untilServed }) => {
      assert.equal(await stock('prod-3'), 3);
      await catalogue.sql('DROP TABLE outbox');
      await untilDegraded(/outbox does not exist/);
      const before = api.lines().length;
      // Nothing can be changed while it is missing, but by a session without triggers.
      await catalogue.sql(
        `DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true);
         ALTER TABLE products DISABLE TRIGGER ALL; UPDATE products SET stock = 333 WHERE id = 'prod-3';
       END $$`,
      );
      await untilServed('prod-3', 333);
      await until('it has been looked at often', async () => (await api.get('/health')).ok);
      assert.ok(linesOf('Relay').length <= 2, JSON.stringify(linesOf('Relay')));
      assert.ok(
        api
          .lines()
          .slice(before)
          .filter((line) => /Relay|TrustWatch|Recording/.test(line)).length <= 2,
      );
      assert.ok((await migrate()).includes('table outbox'));
      await until('nothing is degraded', async () => (await health()).status === 'ok', SOON_MS);
      await set('prod-3', 334);
      await until('the change is noticed', async () => (await stock('prod-3')) === 334, NOTICED_MS);
    }),
  );

  it(
    'is degraded from the start on, and without Redis too',
    inPlace(async (place) => {
      await place.catalogue.sql('DROP FUNCTION next_version');
      for (const url of [place.redis.url, '']) {
        await place.api.stop();
        place.api = await startApi({ DATABASE_URL: place.catalogue.url, REDIS_URL: url });
        await place.untilDegraded(/the function next_version\(bigint\) does not exist/);
      }
    }),
  );
});

describe('a comparison of the outbox that does not end', () => {
  it('takes the trust in what may be outdated', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    const stock = async () =>
      ((await (await api.get('/products/prod-1')).json()) as { stock?: number }).stock;
    try {
      await untilUsesRedis(api);
      assert.equal(await stock(), 1);
      // Neither the relay nor its watch gets behind this; changes do.
      const unlock = await catalogue.lock('relay_leaders');
      try {
        await catalogue.sql(`UPDATE products SET stock = 99 WHERE id = 'prod-1'`);
        await until('the change is served', async () => (await stock()) === 99, SOON_MS);
      } finally {
        await unlock();
      }
      await untilUsesRedis(api);
    } finally {
      await api.stop();
      await redis.stop();
      await catalogue.drop();
    }
  });
});
