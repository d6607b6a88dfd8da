import { readFileSync } from 'node:fs';
import { startSmallBalancer } from '../e2e/rollout/small-balancer.ts';
import { type Service, startWorkers } from '../e2e/workers/service.ts';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type Backup, type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { startReplica } from '../support/redis-replica.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { type Answered, SteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';
import { shortenedRules } from './shortened.ts';

const RULES = new URL('../../docker/prometheus/rules/hotshelf.yml', import.meta.url);
const PRODUCTS = 200_000;
const HELD = 100;
/** Prometheus takes up to 5 s to forget a target, in a run with short windows too: until then the process has to answer it. */
const SHUTDOWN_DELAY = '8s';
/** So few that a flood can be more than they answer without taking the whole machine. */
const SHED_LOADS = '40';
/** The windows are shorter, and stalls of a machine are not: 100 ms would stand for six seconds. */
const REDIS_COMMAND_TIMEOUT = '500ms';

/** What faults are made on: the service behind a balancer, its servers, a light load of users, and a Prometheus. */
export interface Stage {
  readonly postgres: OwnPostgres;
  /** The data of Postgres as they were before the service began. */
  readonly backup: Backup;
  readonly catalogue: Catalogue;
  /** Between the service and Postgres. */
  readonly toPostgres: BadNetwork;
  readonly prometheus: Prometheus;
  /** The instance that serves now. */
  readonly service: Service;
  /** The primary now. */
  readonly redis: RedisServer;
  /** What users were answered so far. */
  answers(): readonly Answered[];
  /** A product that was not read before. */
  otherPath(): string;
  /** Starts a replica of Redis. @returns lets it take the place of the primary, which has been killed */
  prepareReplica(): Promise<() => Promise<void>>;
  /** Starts another instance and ends the present one as an orchestrator does. Fails if a request of a user gets lost. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  let redis = await startRedisServer();
  const postgres = await startOwnPostgres();
  const catalogue = await createCatalogue(PRODUCTS, postgres.url);
  const backup = await postgres.backup();
  const toPostgres = await startBadNetwork(() => postgres.port);
  const toRedis = await startBadNetwork(() => Number(new URL(redis.url).port));
  const startService = () =>
    startWorkers(2, {
      DATABASE_URL: onPort(catalogue.url, toPostgres.port),
      REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      LOG_SAMPLE_RATE: '0',
      SHUTDOWN_DELAY,
      SHED_LOADS,
      REDIS_COMMAND_TIMEOUT,
    });
  let service = await startService();
  const balancer = await startSmallBalancer();
  balancer.add(service.url);
  const prometheus = await startPrometheus({
    target: new URL(service.url).host,
    rules: shortenedRules(readFileSync(RULES, 'utf8')),
    intervalSeconds: 1,
  });
  await untilUsesRedis(service);
  await until('the service is scraped', async () => (await prometheus.query('up == 1')).length === 1, 20_000);
  await until('the balancer knows the service', () => balancer.ready().length === 1);
  const replaced: RedisServer[] = [];
  let other = HELD;
  const otherPath = () => `/products/prod-${HELD + (other++ % (PRODUCTS - HELD))}`;
  const load = new SteadyLoad({
    url: balancer.url,
    heldPaths: Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`),
    otherPath,
    // Too few for HotshelfCacheCold: half of them ask for what is in no cache.
    ratePerSecond: 40,
  });
  const writes = setInterval(() => {
    send(balancer, 'POST', `/products/prod-${other % HELD}/stock`, { delta: 1 }).catch(() => undefined);
  }, 250);

  return {
    postgres,
    backup,
    catalogue,
    toPostgres,
    prometheus,
    get service() {
      return service;
    },
    get redis() {
      return redis;
    },
    answers: () => load.answers,
    otherPath,
    prepareReplica: async () => {
      const replica = await startReplica(redis);
      return async () => {
        await replica.client.call('REPLICAOF', 'NO', 'ONE');
        replaced.push(redis);
        redis = replica;
        toRedis.cut();
      };
    },
    release: async () => {
      const former = service;
      const lostBefore = balancer.lost.length;
      service = await startService();
      balancer.add(service.url);
      const hosts = [former, service].map(({ url }) => new URL(url).host);
      await prometheus.scrape(hosts);
      await until('both are scraped', async () => (await prometheus.query('up == 1')).length === 2, 20_000);
      await until('both get requests', () => balancer.ready().length === 2);
      const ended = former.stop('SIGTERM');
      await prometheus.scrape(hosts.slice(1));
      const code = await ended;
      const lost = balancer.lost.slice(lostBefore);
      if (code !== 0 || lost.length > 0) throw new Error(`ended with ${code}, and lost: ${lost.join('; ')}`);
    },
    stop: async () => {
      clearInterval(writes);
      await load.stop();
      await prometheus.stop();
      await service.stop('SIGKILL');
      await Promise.all([balancer, toPostgres, toRedis].map((each) => each.stop()));
      await Promise.all([postgres, redis, ...replaced].map((each) => each.stop()));
    },
  };
}
