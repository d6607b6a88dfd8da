import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../measure/sample.ts';
import { startHotshelf, stopAll } from '../probes/fleet.ts';
import { usageOf } from '../processes/process-usage.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

/** Processor time, in microseconds. */
export interface UnitCosts {
  /** Of a process, for a change that it is notified of. */
  readonly notified: number;
  /** Of a process, to fetch the changed entry from Redis again. */
  readonly fetched: number;
  /** Of the relay's leader, for a change. */
  readonly relayed: number;
  /** Of Redis, for a change, without its notifications. */
  readonly redisChange: number;
  /** Of Redis, for one notification to one process. */
  readonly redisNotification: number;
  /** Of Redis, for an entry that a process fetches. */
  readonly redisFetch: number;
  /** Of Redis, for a load: the batch get that leases it, and the fill. */
  readonly redisLoad: number;
  /** Of Postgres, for a change by SQL, with its triggers and its row of the outbox. */
  readonly postgresChange: number;
  /** Of Postgres, for a load. */
  readonly postgresLoad: number;
}

const ROUNDS = 5;
const KEYS = 10_000;
const CHANGES_PER_KEY = 2;
const LARGE_FLEET = 4;
const IDLE_MS = 3_000;
/** Longer than the relay takes to apply the last change and a link to report it. */
const SETTLED_MS = 2_000;

const CHANGES = `
  DO $$ BEGIN
    FOR round IN 1..${CHANGES_PER_KEY} LOOP FOR n IN 0..${KEYS - 1} LOOP
      UPDATE products SET stock = stock + 1 WHERE id = 'prod-' || n; COMMIT;
    END LOOP; END LOOP;
  END $$`;

/** What every part spent on some work, beyond what it spends when idle. */
interface Spent {
  readonly processes: readonly number[];
  readonly redis: number;
  readonly postgres: number;
}

/** Measures each unit cost over a fleet of one and of four processes, and takes the median of the rounds. Takes three minutes. */
export async function unitCosts(stage: Stage): Promise<UnitCosts> {
  const rounds: UnitCosts[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measured(stage));
  const [first] = rounds as [UnitCosts];
  const names = Object.keys(first) as (keyof UnitCosts)[];
  const medians = names.map((name) => [name, median(rounds.map((round) => round[name]))]);
  return Object.fromEntries(medians) as UnitCosts;
}

async function measured(stage: Stage): Promise<UnitCosts> {
  const one = await spentBy(stage, 1);
  const four = await spentBy(stage, LARGE_FLEET);
  const changes = KEYS * CHANGES_PER_KEY;
  const [leader = 0, ...followers] = four.changing.processes.toSorted((a, b) => b - a);
  const [loader = 0, ...fetchers] = four.fetching.processes;
  const notified = mean(followers) / changes;
  const redisNotification = (four.changing.redis - one.changing.redis) / (LARGE_FLEET - 1) / changes;
  return {
    notified,
    relayed: leader / changes - notified,
    fetched: (mean(fetchers) - loader) / KEYS,
    redisChange: one.changing.redis / changes - redisNotification,
    redisNotification,
    redisFetch: four.fetching.redis / (KEYS * fetchers.length),
    redisLoad: four.loading.redis / KEYS,
    postgresChange: four.changing.postgres / changes,
    postgresLoad: four.loading.postgres / KEYS,
  };
}

async function spentBy(stage: Stage, count: number) {
  const fleet = await startHotshelf(stage, count, { REDIS_COMMAND_TIMEOUT: '2s' });
  try {
    const [first] = fleet as [Server];
    for (const server of fleet) await readAll(stage, server);
    const spent = await meter(stage, fleet);
    const changing = await spent(async () => {
      await stage.catalogue.sql(CHANGES);
      await pause(SETTLED_MS);
    });
    // Every entry was dropped: the first process loads each, the others fetch what it has left in Redis.
    const loading = await spent(() => readAll(stage, first));
    const fetching = await spent(async () => {
      for (const server of fleet) await readAll(stage, server);
    });
    return { changing, loading, fetching };
  } finally {
    await stopAll(fleet);
  }
}

/** @returns runs some work and reports what each part spent on it, in microseconds, beyond what it spends when idle */
async function meter(stage: Stage, fleet: readonly Server[]) {
  const postgres = await postmasterOf(stage);
  const used = async () => ({
    atMs: performance.now(),
    redis: await redisMs(stage),
    postgres: usageOf(postgres).cpuMs,
    processes: fleet.map((server) => server.usage().cpuMs),
  });
  const during = async (work: () => Promise<unknown>) => {
    const before = await used();
    await work();
    const after = await used();
    return {
      ms: after.atMs - before.atMs,
      redis: after.redis - before.redis,
      postgres: after.postgres - before.postgres,
      processes: after.processes.map((ms, n) => ms - (before.processes[n] ?? 0)),
    };
  };
  const idle = await during(() => pause(IDLE_MS));
  return async (work: () => Promise<unknown>): Promise<Spent> => {
    const busy = await during(work);
    const micros = (ms: number, idleMs = 0) => Math.max(0, ms - (idleMs * busy.ms) / idle.ms) * 1_000;
    return {
      redis: micros(busy.redis, idle.redis),
      postgres: micros(busy.postgres, idle.postgres),
      processes: busy.processes.map((ms, n) => micros(ms, idle.processes[n])),
    };
  };
}

/** Asks one process for every key once. @throws if a request fails */
async function readAll({ freeLoad }: Stage, { port }: Server): Promise<void> {
  const { errors } = await freeLoad.run({
    ports: [port],
    connections: 64,
    arrivals: { kind: 'burst', requests: KEYS },
    keys: { kind: 'distinct', first: 0, count: KEYS },
    seed: 1,
  });
  if (Object.keys(errors).length > 0) throw new Error(`reads failed: ${JSON.stringify(errors)}`);
}

async function redisMs({ redis }: Stage): Promise<number> {
  const info = await redis.client.info('cpu');
  const seconds = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_sys') + seconds('used_cpu_user')) * 1_000;
}

/** The process that all of Postgres' are below. */
async function postmasterOf({ catalogue }: Stage): Promise<number> {
  const [row] = await catalogue.sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const status = readFileSync(`/proc/${row?.pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
