import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { CLUSTER_MASTERS, startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { ProcessStops } from './process-stops.ts';

const PROCESSES = 4;

/** What is checked: real processes of the service over a real Postgres and a real Redis. */
export interface System {
  readonly catalogue: Catalogue;
  readonly redisUrl: string;
  readonly servers: readonly RedisServer[];
  /** Each between the service and one of the servers, whose address it stands for. */
  readonly proxies: readonly TcpProxy[];
  readonly apis: Api[];
  readonly stops: ProcessStops;
  /** Those of them that may be killed. */
  readonly mortal: readonly Api[];
  /** Ends one as a crash does, and starts another one in its place. */
  replace(api: Api): Promise<void>;
  /** The process that leads the relay, by what it logged last. */
  leader(): Api | undefined;
  stop(): Promise<void>;
}

/** @param spared how many of the processes are never killed */
export async function startSystem(products: number, cluster: boolean, spared = 0): Promise<System> {
  const catalogue = await createCatalogue(products);
  const redis = cluster ? await startCluster() : await startSingle();
  const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.redisUrl };
  const apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
  return {
    catalogue,
    ...redis,
    apis,
    stops: new ProcessStops(),
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
    },
  };
}

async function startSingle() {
  const [proxy, server] = await Promise.all([startTcpProxy(), startRedisServer()]);
  return behind([proxy], [server], () => server.stop());
}

async function startCluster() {
  const proxies = await Promise.all(Array.from({ length: CLUSTER_MASTERS }, () => startTcpProxy()));
  const { masters, stop } = await startRedisCluster(proxies.map(({ port }) => port));
  return behind(proxies, masters, stop);
}

function behind(proxies: readonly TcpProxy[], servers: readonly RedisServer[], stop: () => Promise<void>) {
  for (const [n, { url }] of servers.entries()) proxies[n]?.leadTo(Number(new URL(url).port));
  return {
    redisUrl: proxies.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    servers,
    proxies,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await stop();
    },
  };
}

function leads(api: Api): boolean {
  const last = api.lines().findLast((line) => /"(no longer )?leading"/.test(line));
  return last?.includes('"leading"') === true;
}
