import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { type Api, startApi } from '../support/api.ts';
import { startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { LEADER_LOCK } from '../support/leads.ts';
import { onPort } from '../support/on-port.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** What the alerts look at, of a service in the states that they are for. */
describe('the metrics that alerts watch', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());

  const change = () => catalogue.sql("UPDATE products SET stock = stock + 1 WHERE id = 'prod-1'");
  const isWaiting = async (api: Api) =>
    (await api.metric('outbox_depth_rows')) > 0 && (await api.metric('outbox_lag_seconds')) > 0;
  const isBreakerOpen = async (api: Api) =>
    (await api.metric('breaker_state{dependency="redis",state="open"}')) === 1;
  const has = async (api: Api, name: string) =>
    (await (await api.get('/metrics')).text()).split('\n').some((line) => line.startsWith(`${name} `));

  describe('with a Redis', () => {
    let redis: RedisServer;
    let api: Api;

    before(async () => {
      redis = await startRedisServer();
      api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
      await untilUsesRedis(api);
    });
    after(async () => {
      await api.stop('SIGKILL');
      await redis.stop();
    });

    it('show what waits in the outbox, and that the breaker is open, while Redis is away', async () => {
      await redis.kill();
      await until('the breaker is open', () => isBreakerOpen(api), 2_000);
      await change();
      await until('a change waits', () => isWaiting(api), 15_000);
      assert.equal(await isBreakerOpen(api), true);
      assert.equal(await api.metric('cache_redis_trusted'), 0);
      await redis.restart();
      await until('nothing waits', async () => (await api.metric('outbox_depth_rows')) === 0, 15_000);
      await until('the breaker is closed', async () => !(await isBreakerOpen(api)), 2_000);
    });

    it('show what waits in the outbox while no process leads', async () => {
      const holder = new pg.Client(catalogue.url);
      await holder.connect();
      await holder.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'hotshelf-relay' AND datname = current_database()`);
      await holder.query(`SELECT pg_advisory_lock(${LEADER_LOCK})`);
      await change();
      await until('a change waits', () => isWaiting(api), 15_000);
      await holder.end();
      await until('nothing waits', async () => (await api.metric('outbox_depth_rows')) === 0, 15_000);
    });
  });

  it('count stale answers, and no hits, while loads fail and L2 is untrusted', async () => {
    const redis = await startRedisServer();
    const { port } = new URL(catalogue.url);
    const network = await startBadNetwork(() => Number(port));
    const settings = { DATABASE_URL: onPort(catalogue.url, network.port), REDIS_URL: redis.url };
    const api = await startApi(settings);
    await untilUsesRedis(api);
    const read = async () => (await api.get('/products/prod-1')).status;
    const counts = () =>
      Promise.all(
        ['cache_hits_total', 'cache_stale_served_total'].map((name) =>
          api.metric(`${name}{cache_type="l1"}`),
        ),
      );
    assert.equal(await read(), 200);
    network.weather = { kind: 'refused' };
    network.cut();
    await redis.kill();
    await redis.restart();
    // For a second the entry is trusted, as it was confirmed just before.
    await until('answers are stale and no hits', async () => {
      const [hits, stale] = await counts();
      assert.equal(await read(), 200);
      const now = await counts();
      return now[0] === hits && now[1] === (stale ?? 0) + 1;
    });
    assert.equal(await api.metric('cache_redis_trusted'), 0);
    assert.equal(await isBreakerOpen(api), false);
    await api.stop('SIGKILL');
    await network.stop();
    await redis.stop();
  });

  it('say nothing of a Redis that is not configured', async () => {
    const api = await startApi({ DATABASE_URL: catalogue.url });
    await (await api.get('/products/prod-1')).arrayBuffer();
    assert.equal(await has(api, 'cache_tracking_synced'), false);
    assert.equal(await has(api, 'cache_redis_trusted'), false);
    assert.equal(await isBreakerOpen(api), false);
    await api.stop();
  });

  it('show a Redis that is away from the start', async () => {
    const redis = await startRedisServer();
    await redis.kill();
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await until('the breaker is open', () => isBreakerOpen(api), 2_000);
    for (const name of ['cache_tracking_synced', 'cache_redis_trusted']) {
      assert.equal(await has(api, name), true, name);
      assert.equal(await api.metric(name), 0, name);
    }
    await api.stop();
    await redis.stop();
  });

  it('count errors of every endpoint from 0, so that a rate shows the first', async () => {
    const api = await startApi({ DATABASE_URL: catalogue.url });
    const page = await (await api.get('/metrics')).text();
    const endpoints = ['/products/:id', '/products', '/categories/:id', '/products/:id/stock', 'unmatched'];
    for (const endpoint of endpoints) {
      for (const status of ['500', '503'])
        assert.ok(
          page.includes(`api_errors_total{endpoint="${endpoint}",status_code="${status}"} 0\n`),
          `${endpoint} ${status}`,
        );
    }
    await api.stop();
  });
});
