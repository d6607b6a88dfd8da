import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type LiveTimers, watchTimers } from '../../support/live-timers/live-timers.ts';
import { onPort } from '../../support/on-port.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/own-postgres.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Cell, runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';
import { Leaks } from './leaks.ts';

const HELD = 50;

describe('a Postgres that is really stopped', () => {
  let postgres: OwnPostgres;
  let catalogue: Catalogue;
  let redis: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let timers: LiveTimers;
  let leaks: Leaks;
  let next = HELD;
  let settings: Record<string, string>;

  const held = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);
  const other = () => `/products/prod-${next++}`;
  const isClosed = async (dependency: string) =>
    (await api.metric(`breaker_state{dependency="${dependency}",state="closed"}`)) === 1;
  const isUsed = async () => (await isClosed('postgres')) && (await isClosed('redis'));

  const cells: readonly Omit<Cell, 'isUsed'>[] = [
    {
      name: 'Postgres paused',
      others: 'refused',
      brokenMs: 3_000,
      breakIt: async () => {
        postgres.pause();
        return () => postgres.resume();
      },
    },
    {
      name: 'Postgres killed',
      others: 'refused',
      breakIt: async () => {
        await postgres.kill();
        return () => postgres.restart();
      },
    },
    {
      name: 'Redis killed and Postgres paused',
      others: 'refused',
      brokenMs: 3_000,
      breakIt: async () => {
        postgres.pause();
        await redis.kill();
        return async () => {
          postgres.resume();
          await redis.restart();
        };
      },
    },
  ];

  before(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startRedisServer()]);
    catalogue = await createCatalogue(20_000, postgres.url);
    network = await startBadNetwork(() => postgres.port);
    const url = onPort(catalogue.url, network.port);
    settings = { DATABASE_URL: url, REDIS_URL: redis.url };
    timers = await watchTimers();
    api = await startApi({ ...settings, ...timers.settings });
    for (const path of held) await api.get(path);
    await until('all is used', isUsed);
    leaks = await Leaks.watch(api, timers, {
      postgres: network.port,
      redis: Number(new URL(redis.url).port),
    });
  });
  after(async () => {
    try {
      await endsWell(api);
    } finally {
      await timers.stop();
      await network.stop();
      await redis.stop();
      await postgres.stop();
    }
  });

  for (const cell of cells)
    it(`${cell.name}: held keys are served, others refused, all heals, and nothing is left of it`, async (context) => {
      for (const path of held) await api.get(path);
      context.diagnostic(await runCell({ ...cell, isUsed }, api, { held, other }));
      await leaks.assertNone();
    });

  it('does not keep a process from starting: it serves what Redis has, and is ready once it can load', async () => {
    await until('Redis holds what was read', async () => {
      await api.get('/products/prod-1', { 'cache-control': 'no-cache' });
      return (await redis.client.exists(redisKeys.entry('product:prod-1'))) === 1;
    });
    network.weather = { kind: 'refused' };
    network.cut();
    const late = await startApi(settings);
    try {
      assert.equal((await late.get('/products/prod-1')).status, 200);
      assert.equal((await late.get('/products/prod-19999')).status, 503);
      assert.equal((await late.get('/health/ready')).status, 503);
      network.weather = { kind: 'fine' };
      await until('it is ready', async () => (await late.get('/health/ready')).status === 200, 3_000);
      assert.equal((await late.get('/products/prod-19999')).status, 200);
    } finally {
      network.weather = { kind: 'fine' };
      assert.equal(await late.stop(), 0);
    }
  });
});
