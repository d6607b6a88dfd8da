import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** Rows of the outbox that mean nothing that a tier could do. */
const UNUSABLE = {
  version: [
    ['product:prod-1', '-1'],
    ['product:prod-2', '9007199254740993'],
    ['category:cat-test', '9223372036854775807'],
  ],
  key: [
    ['', '5'],
    ['nothing', '5'],
    [':', '5'],
    ['product:', '5'],
    [`product:${'x'.repeat(100_000)}`, '5'],
  ],
} as const;

/** Longer than any look of the relay or of the trust watch takes. */
const SOON_MS = 2_000;

interface Line {
  readonly level: string;
  readonly context: string;
  readonly msg: string;
}

describe('rows of the outbox that cannot be applied', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  const stock = async (api: Api, id: string) =>
    ((await (await api.get(`/products/${id}`)).json()) as { stock: number }).stock;
  const everywhere = (what: string, holds: (api: Api) => Promise<boolean>) =>
    until(what, async () => (await Promise.all(apis.map(holds))).every(Boolean), SOON_MS);
  const insert = (key: string, version: string) =>
    catalogue.sql('INSERT INTO outbox (key, version) VALUES ($1, $2)', [key, version]);
  const linesFrom = (context: string) =>
    apis.flatMap((api) =>
      api
        .lines()
        .map((line) => JSON.parse(line) as Line)
        .filter((line) => line.context === context),
    );
  const total = async (series: string) =>
    (await Promise.all(apis.map((api) => api.metric(series)))).reduce((sum, value) => sum + value, 0);

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await Promise.all(apis.map(untilUsesRedis));
    await until('one leads', () => linesFrom('Relay').some(({ msg }) => msg === 'leading'));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop('SIGKILL')));
    await redis.stop();
    await catalogue.drop();
  });

  it('hold up no other change: Redis stays trusted, its breaker closed and the leader in the lead', async () => {
    // An entry in its place is what a change is compared with.
    for (const path of ['/products/prod-1', '/products/prod-2', '/categories/cat-test'])
      for (const api of apis) await (await api.get(path)).arrayBuffer();
    for (const rows of Object.values(UNUSABLE)) for (const [key, version] of rows) await insert(key, version);
    // Usable, though nothing is cached under it: what the service keeps beside entries has other names in Redis.
    await insert('outbox:watermark', '5');
    await catalogue.sql("UPDATE products SET stock = 4004 WHERE id = 'prod-4'");
    await everywhere('the change is served', async (api) => (await stock(api, 'prod-4')) === 4_004);
    await everywhere('nothing is degraded', async (api) => {
      const health = (await (await api.get('/health')).json()) as { status: string };
      return health.status === 'ok' && (await api.metric('cache_redis_trusted')) === 1;
    });
    assert.deepEqual(
      linesFrom('Outages').map(({ msg }) => msg),
      [],
    );
    assert.deepEqual(
      linesFrom('Relay').map(({ msg }) => msg),
      ['leading'],
    );
  });

  it('are each named in one line, and counted', async () => {
    const found = () => linesFrom('Changes').filter(({ level }) => level === 'error');
    const all = Object.values(UNUSABLE).flat();
    await until('they are written', () => found().length >= all.length);
    const errors = found();
    for (const [reason, rows] of Object.entries(UNUSABLE)) {
      assert.equal(await total(`cache_unusable_changes_total{reason="${reason}"}`), rows.length, reason);
      for (const [key] of rows) {
        const shown = JSON.stringify(key.slice(0, 100));
        const naming = errors.filter(({ msg }) => msg.startsWith(`unusable change of key ${shown}, `));
        assert.equal(naming.length, 1, shown);
      }
    }
  });

  it('invalidate the key that they name, whatever its version', async () => {
    for (const api of apis) await stock(api, 'prod-5');
    await catalogue.sql(`
      BEGIN;
      SET LOCAL session_replication_role = replica;
      UPDATE products SET stock = 5005, version = nextval('catalogue_version') WHERE id = 'prod-5';
      INSERT INTO outbox (key, version) VALUES ('product:prod-5', -7);
      COMMIT`);
    await everywhere('what is true now is served', async (api) => (await stock(api, 'prod-5')) === 5_005);
  });

  it('are no worse than notifications with a payload that means nothing', async () => {
    for (const payload of ['', 'x'.repeat(7_999), '{"key":', '\u{1F4A5}'])
      await catalogue.sql("SELECT pg_notify('hotshelf_outbox', $1)", [payload]);
    await catalogue.sql("UPDATE products SET stock = 6006 WHERE id = 'prod-6'");
    await everywhere('the change is served', async (api) => (await stock(api, 'prod-6')) === 6_006);
  });
});
