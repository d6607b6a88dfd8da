import { type RedisServer, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SLOTS = 16_384;

export interface RedisCluster {
  /** As in REDIS_URL. */
  readonly url: string;
  readonly masters: readonly RedisServer[];
  stop(): Promise<void>;
}

export const CLUSTER_MASTERS = 3;

const CLUSTER_SETTINGS: readonly string[] = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];

/**
 * A Redis Cluster of three masters, without replicas.
 *
 * @param announcedPorts the port that each of them announces to clients, such as a proxy's; default: its own
 * @param settingsOfMaster more settings of the n-th master; default: none
 */
export async function startRedisCluster(
  announcedPorts: readonly number[] = [],
  settingsOfMaster: (n: number) => readonly string[] = () => [],
): Promise<RedisCluster> {
  const masters = await Promise.all(
    Array.from({ length: CLUSTER_MASTERS }, (_, n) =>
      startRedisServer([...clusterSettings(announcedPorts[n]), ...settingsOfMaster(n)]),
    ),
  );
  const share = Math.ceil(SLOTS / masters.length);
  for (const [n, { client }] of masters.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', n * share, Math.min((n + 1) * share, SLOTS) - 1);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1);
  }
  const [first] = masters;
  for (const { url } of masters.slice(1))
    await first?.client.call('CLUSTER', 'MEET', '127.0.0.1', new URL(url).port);
  await until('every master knows the whole cluster', async () => {
    const infos = await Promise.all(masters.map(({ client }) => client.cluster('INFO')));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3'));
  });
  return {
    url: masters.map(({ url }) => url).join(','),
    masters,
    stop: async () => {
      await Promise.all(masters.map((master) => master.stop()));
    },
  };
}

/** @param announcedPort what the node gives clients to connect to; default: its own port */
export function clusterSettings(announcedPort?: number): string[] {
  const announced = announcedPort === undefined ? [] : ['--cluster-announce-port', `${announcedPort}`];
  return [...CLUSTER_SETTINGS, ...announced];
}
