import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startReplica } from '../../support/redis-replica.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';

const HELD = 50;
const CHANGED = 7_000;
const CHANGE_HELD = `UPDATE products SET stock = $1 WHERE substr(id, 6)::int < $2`;

describe('Redis that fails over', () => {
  let catalogue: Catalogue;
  let primary: RedisServer;
  let replica: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let port: number;
  let next = HELD;

  const held = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);
  const isUsed = async () =>
    (await api.metric('cache_redis_trusted')) === 1 &&
    (await api.metric('cache_tracking_synced')) === 1 &&
    (await api.metric('breaker_state{dependency="redis",state="closed"}')) === 1;
  const stocks = () =>
    Promise.all(held.map(async (path) => ((await (await api.get(path)).json()) as { stock: number }).stock));
  const allChanged = async () => (await stocks()).every((stock) => stock === CHANGED);

  before(async () => {
    [catalogue, primary] = await Promise.all([createCatalogue(20_000), startRedisServer()]);
    replica = await startReplica(primary);
    port = Number(new URL(primary.url).port);
    network = await startBadNetwork(() => port);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: `redis://127.0.0.1:${network.port}`,
    });
    for (const path of held) await api.get(path);
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

  it('to a replica that lags: held keys are served, all heals, and what the replica had not heard of is told to it', async (context) => {
    await until('the replica has what is held', async () => (await replica.client.dbsize()) >= HELD);
    // What is told to the primary from here on is what a replica that lags has not got yet.
    await replica.client.call('REPLICAOF', 'NO', 'ONE');
    await catalogue.sql(CHANGE_HELD, [CHANGED, HELD]);
    await until('every change is seen', allChanged);
    const old = await replica.client.getBuffer('product:prod-1');
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
      { held, other: () => `/products/prod-${next++}` },
    );
    context.diagnostic(text);
    assert.deepEqual(new Set(await stocks()), new Set([CHANGED]));
    await until('the replica has been told', async () => {
      const bytes = await replica.client.getBuffer('product:prod-1');
      return bytes === null || !/"stock":1[,}]/.test(String(bytes));
    });
  });
});
