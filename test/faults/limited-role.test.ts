import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** What a managed Postgres, or a careful operator, takes from a role; the service can do without. */
const OF_THE_SERVER = [
  'pg_control_system()',
  'pg_control_checkpoint()',
  'pg_current_wal_insert_lsn()',
  'pg_walfile_name(pg_lsn)',
];

describe('a service whose database role may read nothing of the server', () => {
  const role = `service_${randomBytes(4).toString('hex')}`;
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: readonly Api[];

  const stock = async (api: Api, id: string) =>
    ((await (await api.get(`/products/${id}`)).json()) as { stock?: number }).stock;
  const everywhere = (what: string, holds: (api: Api) => Promise<boolean>) =>
    until(what, async () => (await Promise.all(apis.map(holds))).every(Boolean), 5_000);
  const linesOf = (api: Api) =>
    api.lines().map((line) => JSON.parse(line) as { level: number; context: string; msg: string });

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(50), startRedisServer()]);
    const name = new URL(catalogue.url).pathname.slice(1);
    await catalogue.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    for (const each of OF_THE_SERVER) {
      await catalogue.sql(`REVOKE EXECUTE ON FUNCTION ${each} FROM PUBLIC`);
    }
    await catalogue.sql(`GRANT CONNECT ON DATABASE ${name} TO ${role}`);
    await catalogue.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    await catalogue.sql(`REVOKE ALL ON hotshelf_migrations FROM ${role}`);
    const url = Object.assign(new URL(catalogue.url), { username: role, password: role });
    const settings = { DATABASE_URL: url.href, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await Promise.all(apis.map(untilUsesRedis));
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await redis.stop();
    await catalogue.sql(`DROP OWNED BY ${role}`);
    await catalogue.sql(`DROP ROLE ${role}`);
    await catalogue.drop();
  });

  it('says once, in each process, what it may not read', () => {
    for (const api of apis) {
      const warnings = linesOf(api).filter(({ msg }) => msg.startsWith('the database role may not read'));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]?.msg ?? '', /system, timeline, wal, checkpoint, sequence/);
    }
  });

  it('is well, and notices every change: its own, and those of others', async () => {
    for (const api of apis) {
      const { status } = (await (await api.get('/health')).json()) as { status: string };
      assert.equal(status, 'ok');
      assert.equal(await stock(api, 'prod-1'), 1);
    }
    await catalogue.sql(`UPDATE products SET stock = 111 WHERE id = 'prod-1'`);
    await everywhere('what psql changed is served', async (api) => (await stock(api, 'prod-1')) === 111);
    const [first] = apis;
    assert.equal((await send(first as Api, 'PATCH', '/products/prod-1', { stock: 112 })).status, 200);
    await everywhere('what the API changed is served', async (api) => (await stock(api, 'prod-1')) === 112);
  });

  it('has no trouble that repeats in its log', () => {
    for (const api of apis) {
      const lines = linesOf(api).filter(({ context }) =>
        ['Relay', 'TrustWatch', 'Recording'].includes(context),
      );
      assert.ok(lines.length <= 3, JSON.stringify(lines));
    }
  });
});
