import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { leads } from '../support/leads.ts';
import { onPort } from '../support/on-port.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { CLUSTER_MASTERS, startRedisCluster } from '../support/redis-cluster.ts';
import { startClusterReplica } from '../support/redis-replica.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startShippedRedis } from '../support/shipped-redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { LostHistory } from './history.ts';
import { ProcessStops } from './process-stops.ts';

const PROCESSES = 4;

/** The Redis of docker/redis, as the user of the service, instead of one with everything allowed. */
const IS_SHIPPED = process.env.CHECK_SHIPPED_REDIS === '1';

export type RedisKind = 'single' | 'cluster' | 'replicated cluster';

/** What is checked: real processes of the service over a real Postgres and a real Redis. */
export interface System {
  readonly catalogue: Catalogue;
  readonly postgres: OwnPostgres;
  /** Between everyone and Postgres, whose port changes with each start. */
  readonly toPostgres: TcpProxy;
  readonly redisUrl: string;
  readonly servers: readonly RedisServer[];
  /** In a cluster with replicas: all six nodes, whatever each is at the moment. Else none. */
  readonly nodes: readonly RedisServer[];
  /** Each between the service and one of the servers, whose address it stands for. */
  readonly proxies: readonly TcpProxy[];
  readonly apis: Api[];
  readonly stops: ProcessStops;
  readonly lost: LostHistory;
  /** Those of them that may be killed. */
  readonly mortal: readonly Api[];
  /** Ends one as a crash does, and starts another one in its place. */
  replace(api: Api): Promise<void>;
  /** The process that leads the relay, by what it logged last. */
  leader(): Api | undefined;
  stop(): Promise<void>;
}

/**
 * @param redisKind one server, a cluster of three masters, or one with a replica of each
 * @param spared how many of the processes are never killed
 */
export async function startSystem(products: number, redisKind: RedisKind, spared = 0): Promise<System> {
  const postgres = await startOwnPostgres({ max_connections: '200', max_prepared_transactions: '20' });
  const toPostgres = await startTcpProxy(postgres.url);
  const catalogue = await createCatalogue(products, onPort(postgres.url, toPostgres.port));
  const redis = await REDIS_KINDS[redisKind]();
  const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.redisUrl };
  const apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
  return {
    catalogue,
    postgres,
    toPostgres,
    ...redis,
    apis,
    stops: new ProcessStops(),
    lost: new LostHistory(),
    get mortal() {
      return apis.slice(spared);
    },
    replace: async (api) => {
      await api.stop('SIGKILL');
      apis[apis.indexOf(api)] = await startApi(settings);
    },
    leader: () => apis.find(leads),
    stop: async () => {
      await Promise.all(apis.map((api) => api.stop('SIGKILL')));
      await redis.stop();
      await catalogue.drop();
      await toPostgres.stop();
      await postgres.stop();
    },
  };
}

async function startSingle() {
  const [proxy, server] = await Promise.all([
    startTcpProxy(),
    IS_SHIPPED ? startShippedRedis() : startRedisServer(),
  ]);
  return behind([proxy], [server], () => server.stop());
}

async function startCluster() {
  const proxies = await Promise.all(Array.from({ length: CLUSTER_MASTERS }, () => startTcpProxy()));
  const { masters, stop } = await startRedisCluster(proxies.map(({ port }) => port));
  return behind(proxies, masters, stop);
}

async function startReplicatedCluster() {
  const [proxies, replicaProxies] = await Promise.all(
    [0, 1].map(() => Promise.all(Array.from({ length: CLUSTER_MASTERS }, () => startTcpProxy()))),
  );
  const cluster = await startRedisCluster(proxies?.map(({ port }) => port));
  const system = behind(proxies ?? [], cluster.masters, cluster.stop);
  const replicas: RedisServer[] = [];
  for (const [n, master] of cluster.masters.entries()) {
    const proxy = replicaProxies?.[n];
    const replica = await startClusterReplica(cluster, master, proxy?.port);
    proxy?.leadTo(Number(new URL(replica.url).port));
    replicas.push(replica);
  }
  return {
    ...system,
    nodes: [...cluster.masters, ...replicas],
    stop: async () => {
      await system.stop();
      await Promise.all(replicas.map((replica) => replica.stop()));
      await Promise.all((replicaProxies ?? []).map((proxy) => proxy.stop()));
    },
  };
}

const REDIS_KINDS = {
  single: startSingle,
  cluster: startCluster,
  'replicated cluster': startReplicatedCluster,
};

function behind(proxies: readonly TcpProxy[], servers: readonly RedisServer[], stop: () => Promise<void>) {
  for (const [n, { url }] of servers.entries()) proxies[n]?.leadTo(Number(new URL(url).port));
  return {
    redisUrl: proxies.map(({ port }, n) => onPort(servers[n]?.url ?? '', port)).join(','),
    servers,
    nodes: [] as readonly RedisServer[],
    proxies,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await stop();
    },
  };
}
