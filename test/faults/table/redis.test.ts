import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type BadNetwork, startBadNetwork, type Weather } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { killClients } from '../../support/client-list.ts';
import { type LiveTimers, watchTimers } from '../../support/live-timers/live-timers.ts';
import { RELOADABLE } from '../../support/loading-redis.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { usesRedis } from '../../support/uses-redis.ts';
import { type Cell, runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';
import { Leaks } from './leaks.ts';

const HELD = 50;

describe('Redis, broken in every way', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let timers: LiveTimers;
  let leaks: Leaks;
  let next = HELD;

  const held = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);
  const other = () => `/products/prod-${next++}`;
  const isUsed = () => usesRedis(api);

  const weather = (bad: Weather) => async () => {
    network.weather = bad;
    if (bad.kind === 'refused') network.cut();
    return () => {
      network.weather = { kind: 'fine' };
    };
  };
  const setting = (name: string, value: string, back: string) => async () => {
    await redis.client.config('SET', name, value);
    return async () => {
      await redis.client.config('SET', name, back);
    };
  };

  const cells: readonly Omit<Cell, 'isUsed'>[] = [
    {
      name: 'killed, back empty',
      others: 'served or refused',
      breakIt: async () => {
        await redis.kill();
        return () => redis.restart();
      },
    },
    {
      name: 'paused',
      others: 'served or refused',
      breakIt: async () => {
        redis.pause();
        return () => redis.resume();
      },
    },
    { name: '500 ms late', others: 'served or refused', breakIt: weather({ kind: 'late', ms: 500 }) },
    {
      name: 'resets',
      others: 'served or refused',
      breakIt: async () => {
        const timer = setInterval(() => network.cut(), 100);
        return () => clearInterval(timer);
      },
    },
    { name: 'refuses connections', others: 'served or refused', breakIt: weather({ kind: 'refused' }) },
    { name: 'black-holed', others: 'served or refused', breakIt: weather({ kind: 'silent' }) },
    {
      name: 'cut after 2,000 bytes',
      others: 'served or refused',
      breakIt: weather({ kind: 'cut-after', bytes: 2_000 }),
    },
    {
      name: 'read-only',
      others: 'served or refused',
      breakIt: async () => {
        await redis.client.call('REPLICAOF', '127.0.0.1', '1');
        return async () => void (await redis.client.call('REPLICAOF', 'NO', 'ONE'));
      },
    },
    { name: 'out of memory', others: 'served or refused', breakIt: setting('maxmemory', '1', '0') },
    {
      name: 'refuses writes for want of replicas',
      others: 'served or refused',
      breakIt: setting('min-replicas-to-write', '1', '0'),
    },
    {
      name: 'loading',
      others: 'served or refused',
      breakIt: async () => {
        const { client } = redis;
        await client.config('SET', 'key-load-delay', Math.ceil(1_500_000 / (await client.dbsize())));
        const loaded = client.call('DEBUG', 'RELOAD');
        return async () => {
          await loaded;
          await client.config('SET', 'key-load-delay', '0');
        };
      },
    },
    {
      name: 'another password since a rotation',
      others: 'served or refused',
      breakIt: async () => {
        await redis.client.config('SET', 'requirepass', 'rotated');
        await killClients(redis.client, 'hotshelf');
        await killClients(redis.client, 'hotshelf-tracking');
        return async () => void (await redis.client.config('SET', 'requirepass', ''));
      },
    },
    {
      name: 'flushed',
      others: 'served',
      breakIt: async () => {
        await redis.client.flushall();
        return () => undefined;
      },
    },
  ];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20_000), startRedisServer(RELOADABLE)]);
    const { port } = new URL(redis.url);
    network = await startBadNetwork(() => Number(port));
    timers = await watchTimers();
    api = await startApi({
      ...timers.settings,
      DATABASE_URL: catalogue.url,
      REDIS_URL: `redis://127.0.0.1:${network.port}`,
    });
    for (const path of held) await api.get(path);
    await until('all is used', isUsed);
    leaks = await Leaks.watch(api, timers, {
      postgres: Number(new URL(catalogue.url).port),
      redis: network.port,
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
    it(`${cell.name}: held keys are served, others too or refused, all heals, and nothing is left of it`, async (context) => {
      for (const path of held) await api.get(path);
      context.diagnostic(await runCell({ ...cell, isUsed }, api, { held, other }));
      await leaks.assertNone();
    });
});
