import { clusterSettings, type RedisCluster } from './redis-cluster.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

const portOf = ({ url }: RedisServer) => new URL(url).port;

/** Starts a replica of a server, and waits until it has all that the server has. */
export async function startReplica(of: RedisServer): Promise<RedisServer> {
  const replica = await startRedisServer();
  await replica.client.call('REPLICAOF', '127.0.0.1', portOf(of));
  await inStep(replica);
  return replica;
}

/**
 * The same in a cluster, whose other masters let it take over when they agree that its master is gone.
 *
 * @param announcedPort what it gives clients to connect to, such as a proxy's; default: its own
 */
export async function startClusterReplica(
  { masters }: RedisCluster,
  of: RedisServer,
  announcedPort?: number,
): Promise<RedisServer> {
  const replica = await startRedisServer(clusterSettings(announcedPort));
  await replica.client.call('CLUSTER', 'MEET', '127.0.0.1', portOf(of));
  const id = String(await of.client.call('CLUSTER', 'MYID'));
  await until('it knows its master', async () => {
    await replica.client.call('CLUSTER', 'REPLICATE', id);
    return true;
  });
  await inStep(replica);
  const ownId = String(await replica.client.call('CLUSTER', 'MYID'));
  await until('every master knows it', async () => {
    const views = await Promise.all(masters.map(async ({ client }) => String(await client.cluster('NODES'))));
    return views.every((view) => new RegExp(`^${ownId} .*slave`, 'm').test(view));
  });
  return replica;
}

async function inStep({ client }: RedisServer): Promise<void> {
  await until('it is in step with its master', async () =>
    (await client.info('replication')).includes('master_link_status:up'),
  );
}
