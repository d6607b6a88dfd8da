import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const PROCESSES = 4;

/** What is checked: real processes of the service over a real Postgres and a real Redis. */
export interface System {
  readonly catalogue: Catalogue;
  readonly redisUrl: string;
  readonly servers: readonly RedisServer[];
  /** Between the service and Redis; null in a cluster, whose nodes announce their own addresses. */
  readonly proxy: TcpProxy | null;
  readonly apis: Api[];
  /** Ends one as a crash does, and starts another one in its place. */
  replace(api: Api): Promise<void>;
  /** The process that leads the relay, by what it logged last. */
  leader(): Api | undefined;
  stop(): Promise<void>;
}

export async function startSystem(products: number, cluster: boolean): Promise<System> {
  const catalogue = await createCatalogue(products);
  const redis = cluster ? await startCluster() : await startSingle();
  const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.redisUrl };
  const apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApi(settings)));
  return {
    catalogue,
    ...redis,
    apis,
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
  const server = await startRedisServer();
  const proxy = await startTcpProxy(Number(new URL(server.url).port));
  return {
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    servers: [server],
    proxy,
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}

async function startCluster() {
  const { url, masters, stop } = await startRedisCluster();
  return { redisUrl: url, servers: masters, proxy: null, stop };
}

function leads(api: Api): boolean {
  const last = api.lines().findLast((line) => /"(no longer )?leading"/.test(line));
  return last?.includes('"leading"') === true;
}
