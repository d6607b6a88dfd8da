import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { startClusterReplica } from '../../support/redis-replica.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { usesRedis } from '../../support/uses-redis.ts';
import { runCell } from './cell.ts';
import { endsWell } from './ends-well.ts';
import { changeHeld, heldPaths, heldStocks } from './held-products.ts';

const CHANGED = 7_000;

describe('a Redis Cluster, one of whose masters dies', () => {
  let catalogue: Catalogue;
  let cluster: RedisCluster;
  let replica: RedisServer;
  let api: Api;
  let next = heldPaths.length;

  const isUsed = () => usesRedis(api);
  /** What the other masters say, which decide. */
  const isWhole = async () => {
    const infos = await Promise.all(cluster.masters.slice(1).map(({ client }) => client.cluster('INFO')));
    return infos.every((info) => info.includes('cluster_state:ok')) && (await isPromoted());
  };
  const isPromoted = async () => (await replica.client.info('replication')).includes('role:master');

  before(async () => {
    [catalogue, cluster] = await Promise.all([createCatalogue(20_000), startRedisCluster()]);
    replica = await startClusterReplica(cluster, cluster.masters[0] as RedisServer);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: cluster.url });
    for (const path of heldPaths) await api.get(path);
    await until('all is used', isUsed);
  });
  after(async () => {
    try {
      await endsWell(api);
    } finally {
      await replica.stop();
      await cluster.stop();
      await catalogue.drop();
    }
  });

  it('is used again once the replica has taken over; held keys are served all the time, and no change is missed', async (context) => {
    const text = await runCell(
      {
        name: 'a master of a cluster dies, its replica takes over',
        others: 'served or refused',
        breakIt: async () => {
          await cluster.masters[0]?.kill();
          return async () => {
            await changeHeld(catalogue, CHANGED);
            await until('the replica has taken over', isWhole);
          };
        },
        isUsed,
      },
      api,
      { held: heldPaths, other: () => `/products/prod-${next++}` },
    );
    context.diagnostic(text);
    assert.deepEqual(new Set(await heldStocks(api)), new Set([CHANGED]));
  });
});
