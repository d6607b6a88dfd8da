import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { endOnSignals } from '../bench/processes/end-on-signals.ts';
import { processTree } from '../e2e/start/process-tree.ts';
import { startWorkers } from '../e2e/workers/service.ts';
import { startBadNetwork } from '../support/bad-network.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { CHECK_FAULTS } from '../support/commands.ts';
import { startOwnPostgres } from '../support/own-postgres.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';
import { EXPECTED, type Expected, type FaultName, IGNORED } from './expected-alerts.ts';
import { shortenedRules } from './shortened.ts';

// Breaks each dependency of a real service under a light load, with a real Prometheus scraping it, and checks which alerts
// fire, that no others do, and that all are over once the fault is. The rules are those of docker/prometheus; a minute of
// their windows is a second here.

/** Breaks something. @returns what mends it */
type Break = () => Promise<() => Promise<void> | void>;

const { only } = commandLine(CHECK_FAULTS).values;
const FIRE_TIMEOUT_MS = 60_000;
const RESOLVE_TIMEOUT_MS = 120_000;
const PRODUCTS = 50_000;

endOnSignals();
const redis = await startRedisServer();
const postgres = await startOwnPostgres();
const catalogue = await createCatalogue(PRODUCTS, postgres.url);
const network = await startBadNetwork(() => postgres.port);
const databaseUrl = new URL(catalogue.url);
databaseUrl.port = String(network.port);
const service = await startWorkers(2, {
  DATABASE_URL: databaseUrl.href,
  REDIS_URL: redis.url,
  LOG_SAMPLE_RATE: '0',
});
const rules = readFileSync(new URL('../../docker/prometheus/rules/hotshelf.yml', import.meta.url), 'utf8');
const prometheus = await startPrometheus({
  target: new URL(service.url).host,
  rules: shortenedRules(rules),
  intervalSeconds: 1,
});
await untilUsesRedis(service);
let other = 100;
const load = new SteadyLoad({
  url: service.url,
  heldPaths: Array.from({ length: 100 }, (_, n) => `/products/prod-${n}`),
  otherPath: () => `/products/prod-${100 + (other++ % (PRODUCTS - 100))}`,
  // Too few for HotshelfCacheCold: half of them ask for what is in no cache.
  ratePerSecond: 40,
});
const writes = setInterval(() => {
  send(service, 'POST', `/products/prod-${other % 100}/stock`, { delta: 1 }).catch(() => undefined);
}, 250);

const killRedis = async () => {
  await redis.kill();
  return () => redis.restart();
};
const killPostgres = async () => {
  await postgres.kill();
  network.cut();
  return () => postgres.restart();
};

/** Over a connection of its own: the server has another port since it was killed. */
const lockProducts = async () => {
  const url = new URL(catalogue.url);
  url.port = String(postgres.port);
  const client = new pg.Client(url.href);
  await client.connect();
  await client.query('BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
};

const FAULTS: Readonly<Record<FaultName, Break>> = {
  'Redis is killed': killRedis,
  'Redis falls silent': async () => {
    redis.pause();
    return () => redis.resume();
  },
  'Postgres is killed': killPostgres,
  'Postgres falls silent': async () => {
    postgres.pause();
    return () => postgres.resume();
  },
  'both are killed': async () => {
    const ends = [await killRedis(), await killPostgres()];
    return async () => {
      for (const end of ends) await end();
    };
  },
  'loads hang': lockProducts,
  'workers die again and again': async () => {
    for (let n = 0; n < 4; n += 1) {
      const [worker] = service.workers();
      if (worker !== undefined) process.kill(worker, 'SIGKILL');
      await until('a worker is replaced', () => service.workers().length === 2, 30_000);
    }
    return () => undefined;
  },
  'all processes hang': async () => {
    const pids = processTree(service.pid).map(({ pid }) => pid);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    };
  },
};

const nameOf = ({ alertname = '', dependency }: Readonly<Record<string, string>>) =>
  [alertname, ...(dependency === undefined ? [] : [dependency])].join(' ');
const firing = async () =>
  new Set((await prometheus.firing()).map(nameOf).filter((name) => !IGNORED.has(name)));

let failed = 0;
const check = (isMet: boolean, text: string) => {
  if (!isMet) failed += 1;
  process.stdout.write(`  ${isMet ? '✔' : '✖'} ${text}\n`);
};
const secondsSince = (ms: number) => `${((performance.now() - ms) / 1_000).toFixed(1)} s`;

/** Runs one fault and prints what fired, and after how long. */
async function run(name: FaultName): Promise<void> {
  const { fires, mayFire }: Expected = EXPECTED[name];
  process.stdout.write(`${name}\n`);
  await until('nothing fires', async () => (await firing()).size === 0, RESOLVE_TIMEOUT_MS);
  const seen = new Map<string, string>();
  const beganAtMs = performance.now();
  const end = await FAULTS[name]();
  const look = async () => {
    for (const alert of await firing()) if (!seen.has(alert)) seen.set(alert, secondsSince(beganAtMs));
  };
  await until(
    'all alerts fire',
    async () => {
      await look();
      return fires.every((alert) => seen.has(alert));
    },
    FIRE_TIMEOUT_MS,
  ).catch(() => undefined);
  const endedAtMs = performance.now();
  await end();
  const isOver = await until(
    'all alerts are over',
    async () => {
      await look();
      return (await firing()).size === 0;
    },
    RESOLVE_TIMEOUT_MS,
  ).then(
    () => true,
    () => false,
  );
  for (const alert of fires)
    check(seen.has(alert), `${alert} fires${seen.has(alert) ? ` after ${seen.get(alert)}` : ''}`);
  const more = [...seen].filter(([alert]) => !fires.includes(alert));
  const unexpected = more.filter(([alert]) => !mayFire.includes(alert)).map(([alert]) => alert);
  check(
    unexpected.length === 0,
    `no alert that does not belong to it${unexpected.length > 0 ? `: ${unexpected}` : ''}`,
  );
  if (more.length > 0)
    process.stdout.write(`    also: ${more.map(([alert, after]) => `${alert} (${after})`).join(', ')}\n`);
  check(
    isOver,
    isOver
      ? `all are over ${secondsSince(endedAtMs)} after the fault`
      : `still firing: ${[...(await firing())]}`,
  );
}

await pause(3_000);
for (const name of Object.keys(EXPECTED) as FaultName[]) if (name.includes(only)) await run(name);
clearInterval(writes);
await load.stop();
await prometheus.stop();
await service.stop();
await network.stop();
await Promise.all([redis.stop(), postgres.stop()]);
process.stdout.write(failed === 0 ? 'every fault was seen\n' : `${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
