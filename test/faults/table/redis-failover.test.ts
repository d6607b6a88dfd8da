import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { startReplica } from '../../support/redis-replica.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { usesRedis } from '../../support/uses-redis.ts';
import { runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';
import { changeHeld, heldPaths, heldStocks } from './held-products.ts';

const CHANGED = 7_000;

describe('Redis that fails over', () => {
  let catalogue: Catalogue;
  let primary: RedisServer;
  let replica: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let port: number;
  let next = heldPaths.length;

  const isUsed = () => usesRedis(api);
  const allChanged = async () => (await heldStocks(api)).every((stock) => stock === CHANGED);

  before(async () => {
    [catalogue, primary] = await Promise.all([createCatalogue(20_000), startRedisServer()]);
    replica = await startReplica(primary);
    port = Number(new URL(primary.url).port);
    network = await startBadNetwork(() => port);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: `redis://127.0.0.1:${network.port}`,
    });
    for (const path of heldPaths) await api.get(path);
    await until('all is used', isUsed);
  });
  after(async () => {
    try {
      await endsWell(api);
    } finally {
      await network.stop();
      await Promise.all([primary, replica].map((server) => server.stop()));
      await catalogue.drop();
    }
  });

  it('to a replica that lags: held keys are served, all heals, and changes that the replica lacks are applied to it', async (context) => {
    await until(
      'the replica has what is held',
      async () => (await replica.client.dbsize()) >= heldPaths.length,
    );
    // The lagging replica does not get changes that the primary gets from here on.
    await replica.client.call('REPLICAOF', 'NO', 'ONE');
    await changeHeld(catalogue, CHANGED);
    await until('every change is seen', allChanged);
    const old = await replica.client.getBuffer(redisKeys.entry('product:prod-1'));
    assert.match(String(old), /"stock":1[,}]/, 'the replica holds what was true before');

    const text = await runCell(
      {
        name: 'fails over to a replica that lags',
        others: 'served or refused',
        breakIt: async () => {
          await primary.kill();
          return () => {
            port = Number(new URL(replica.url).port);
          };
        },
        isUsed,
      },
      api,
      { held: heldPaths, other: () => `/products/prod-${next++}` },
    );
    context.diagnostic(text);
    assert.deepEqual(new Set(await heldStocks(api)), new Set([CHANGED]));
    await until('the replica has the change', async () => {
      const bytes = await replica.client.getBuffer(redisKeys.entry('product:prod-1'));
      return bytes === null || !/"stock":1[,}]/.test(String(bytes));
    });
  });
});
