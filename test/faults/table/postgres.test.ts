import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type BadNetwork, startBadNetwork, type Weather } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type LiveTimers, watchTimers } from '../../support/live-timers/live-timers.ts';
import { onPort } from '../../support/on-port.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Cell, runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';
import { Leaks } from './leaks.ts';

const HELD = 50;

describe('Postgres, out of reach in every way', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let timers: LiveTimers;
  let leaks: Leaks;
  let next = HELD;

  const held = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);
  const other = () => `/products/prod-${next++}`;

  const isUsed = async () => (await api.metric('breaker_state{dependency="postgres",state="closed"}')) === 1;

  const weather = (bad: Weather) => async () => {
    network.weather = bad;
    if (bad.kind === 'refused') network.cut();
    return () => {
      network.weather = { kind: 'fine' };
    };
  };

  const cells: readonly Omit<Cell, 'isUsed'>[] = [
    { name: 'refuses connections', others: 'refused', breakIt: weather({ kind: 'refused' }) },
    { name: 'black-holed', others: 'refused', brokenMs: 4_000, breakIt: weather({ kind: 'silent' }) },
    {
      name: 'resets',
      others: 'served or refused',
      breakIt: async () => {
        const timer = setInterval(() => network.cut(), 200);
        return () => clearInterval(timer);
      },
    },
    {
      name: 'cut after 5,000 bytes',
      others: 'served or refused',
      breakIt: weather({ kind: 'cut-after', bytes: 5_000 }),
    },
    { name: '200 ms late', others: 'served or refused', breakIt: weather({ kind: 'late', ms: 200 }) },
    { name: '3 s late', others: 'refused', brokenMs: 4_000, breakIt: weather({ kind: 'late', ms: 3_000 }) },
    {
      name: 'its places taken by statements that hang',
      others: 'refused',
      brokenMs: 4_000,
      breakIt: () => catalogue.lock('products'),
    },
    {
      name: 'its sessions ended by an operator',
      others: 'served or refused',
      breakIt: async () => {
        await catalogue.sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name LIKE 'hotshelf%' AND datname = current_database()`,
        );
        return () => undefined;
      },
    },
  ];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20_000), startRedisServer()]);
    const direct = new URL(catalogue.url);
    network = await startBadNetwork(() => Number(direct.port));
    const url = onPort(catalogue.url, network.port);
    timers = await watchTimers();
    api = await startApi({ ...timers.settings, DATABASE_URL: url, REDIS_URL: redis.url });
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
      await catalogue.drop();
    }
  });

  for (const cell of cells)
    it(`${cell.name}: held keys are served, others refused or served, all heals, and nothing is left of it`, async (context) => {
      for (const path of held) await api.get(path);
      context.diagnostic(await runCell({ ...cell, isUsed }, api, { held, other }));
      await leaks.assertNone();
    });
});
