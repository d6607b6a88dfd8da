import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { LEADER_LOCK, leads } from '../support/leads.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

/** So many that their replay lasts for some seconds, or for many. */
const SECONDS = 75_000;
const MANY_SECONDS = 300_000;
/** A change may be this late in L1 while it is not applied; and some for a busy machine. */
const SOON_MS = 3_000;

describe('a large import that is replayed', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  const product = async (api: Api, id: string) => {
    const response = await api.get(`/products/${id}`);
    const { stock } = (await response.json()) as { stock: number };
    return {
      stock,
      age: Number(response.headers.get('age')),
      isHit: /; hit/.test(response.headers.get('cache-status') ?? ''),
    };
  };
  const everywhere = (what: string, holds: (api: Api) => Promise<boolean>, timeoutMs?: number) =>
    until(what, async () => (await Promise.all(apis.map(holds))).every(Boolean), timeoutMs);
  const health = async (api: Api) => await (await api.get('/health')).text();
  const isReplaying = async (api: Api) =>
    (await health(api)).includes('L2 is not read: a backlog of changes is being applied to it');
  const leader = () => apis.find(leads);

  /** Sets all products to a stock, and changes a great many others with them. @returns when every process replays */
  const importWith = async (stock: number, rows = MANY_SECONDS) => {
    await catalogue.sql(`
      BEGIN;
      INSERT INTO outbox (key, version, kind, groups)
        SELECT 'product:other-' || n, nextval('catalogue_version'), 'row', '{}' FROM generate_series(1, ${rows}) AS n;
      UPDATE products SET stock = ${stock};
      COMMIT`);
    await everywhere('a backlog is replayed', isReplaying);
  };

  /** Queues for the lead: when its process loses it, no other one gets it. @returns ends that */
  const queueForLead = async () => {
    const lead = catalogue.hold(`SELECT pg_advisory_xact_lock(${LEADER_LOCK})`);
    const queued = `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`;
    await until('it is queued for', async () => (await catalogue.sql(queued)).length > 0);
    return () => void lead.then((end) => end());
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
  });
  beforeEach(async () => {
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await until('one of them leads', () => leader() !== undefined);
    await everywhere('L2 is trusted', async (api) => (await product(api, 'prod-1')).isHit);
  });
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    // Without a watermark the next ones begin with what is committed then.
    await redis.client.flushall();
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  it('is served, and from L1 for longer than L1 is trusted without L2', async () => {
    await importWith(21);
    await everywhere('it is served', async (api) => (await product(api, 'prod-2')).stock === 21);
    await everywhere('it is older than a second', async (api) => (await product(api, 'prod-2')).age >= 2);
    for (const api of apis) {
      assert.ok(await isReplaying(api), 'the replay was over before');
      assert.ok((await product(api, 'prod-2')).isHit);
    }
  });

  it('is passed by a change of now', async () => {
    await importWith(31);
    await everywhere('it is served', async (api) => (await product(api, 'prod-3')).stock === 31);
    await catalogue.sql(`UPDATE products SET stock = 32 WHERE id = 'prod-3'`);
    await everywhere(
      'the change is served',
      async (api) => (await product(api, 'prod-3')).stock === 32,
      SOON_MS,
    );
    for (const api of apis) assert.ok(await isReplaying(api), 'the replay was over before');
  });

  it('leaves no change unseen when its leader is stopped in the middle', async () => {
    await importWith(41);
    await everywhere('it is served', async (api) => (await product(api, 'prod-4')).stock === 41);
    const stopped = leader();
    assert.ok(stopped);
    // Another leader would soon apply the change.
    const endQueue = await queueForLead();
    process.kill(stopped.pid, 'SIGSTOP');
    try {
      await catalogue.sql(`UPDATE products SET stock = 42 WHERE id = 'prod-4'`);
      for (const api of apis.filter((each) => each !== stopped))
        await until('the change is served', async () => (await product(api, 'prod-4')).stock === 42, SOON_MS);
    } finally {
      process.kill(stopped.pid, 'SIGCONT');
      endQueue();
    }
  });

  it('needs no load when it is over, of what was loaded since it was committed', async () => {
    await importWith(51, SECONDS);
    await everywhere('it is served', async (api) => (await product(api, 'prod-5')).stock === 51);
    const ages = () => Promise.all(apis.map(async (api) => (await product(api, 'prod-5')).age));
    await everywhere('it is over', async (api) => (await health(api)).includes('"trust":"trusted"'));
    const before = await ages();
    await until('time has passed', async () => (await ages()).every((age, n) => age > (before[n] ?? 0)));
    assert.ok(
      before.every((age) => age >= 1),
      `loaded again: it is ${before} s old`,
    );
  });
});
