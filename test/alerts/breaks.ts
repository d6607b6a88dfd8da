import pg from 'pg';
import { processTree } from '../e2e/start/process-tree.ts';
import { linesOf } from '../e2e/workers/service.ts';
import { onPort } from '../support/on-port.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import type { FaultName } from './expected-alerts.ts';
import type { Stage } from './stage.ts';

/** Breaks something. @returns what mends it */
export type Break = (stage: Stage) => Promise<() => Promise<void> | void>;

/** A round trip to Postgres takes twice as long. */
const LATE_MS = 100;
const VERY_LATE_MS = 250;
/** Half of them misses: more than the loads of the stage can answer from a Postgres that late, and no work for the machine. */
const FLOOD_PER_SECOND = 400;
/** Above the 0.2 s of HotshelfEventLoopSlow, and below the 0.5 s after which a silent link is given up. */
const STANDS_STILL_MS = 300;
const RUNS_MS = 50;
const LOOK_EVERY_MS = 100;

const killRedis: Break = async ({ redis }) => {
  await redis.kill();
  return () => redis.restart();
};

const killPostgres: Break = async ({ postgres, toPostgres }) => {
  await postgres.kill();
  toPostgres.cut();
  return () => postgres.restart();
};

/** Over a connection of its own: the server has another port since it was killed. */
const lockProducts: Break = async ({ catalogue, postgres }) => {
  const client = new pg.Client(onPort(catalogue.url, postgres.port));
  await client.connect();
  await client.query('BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
};

const latePostgres =
  (ms: number): Break =>
  async ({ toPostgres }) => {
    toPostgres.weather = { kind: 'late', ms };
    return () => {
      toPostgres.weather = { kind: 'fine' };
    };
  };

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

export const BREAKS: Readonly<Record<FaultName, Break>> = {
  'Redis is killed': killRedis,
  'Redis falls silent': async ({ redis }) => {
    redis.pause();
    return () => redis.resume();
  },
  'Redis fails over': async (stage) => {
    const takeOver = await stage.prepareReplica();
    await stage.redis.kill();
    return takeOver;
  },
  'Postgres is killed': killPostgres,
  'Postgres falls silent': async ({ postgres }) => {
    postgres.pause();
    return () => postgres.resume();
  },
  'Postgres fails over': async ({ toPostgres, backup }) => {
    toPostgres.weather = { kind: 'refused' };
    toPostgres.cut();
    return async () => {
      await backup.promote();
      toPostgres.weather = { kind: 'fine' };
    };
  },
  'Postgres is late': latePostgres(LATE_MS),
  'both are killed': async (stage) => {
    const ends = [await killRedis(stage), await killPostgres(stage)];
    return async () => {
      for (const end of ends) await end();
    };
  },
  'loads hang': lockProducts,
  'a flood of misses': async (stage) => {
    const fast = await latePostgres(VERY_LATE_MS)(stage);
    const flood = new SteadyLoad({
      url: stage.service.url,
      heldPaths: ['/products/prod-0'],
      otherPath: stage.otherPath,
      ratePerSecond: FLOOD_PER_SECOND,
    });
    return async () => {
      await flood.stop();
      await fast();
    };
  },
  'event loops are late': async ({ service }) => {
    const pids = service.workers();
    let timer: NodeJS.Timeout;
    const standStill = () => {
      signal(pids, 'SIGSTOP');
      timer = setTimeout(run, STANDS_STILL_MS);
    };
    const run = () => {
      signal(pids, 'SIGCONT');
      timer = setTimeout(standStill, RUNS_MS);
    };
    standStill();
    return () => {
      clearTimeout(timer);
      signal(pids, 'SIGCONT');
    };
  },
  'workers die again and again': async ({ service }) => {
    const spares = () => linesOf(service, 'spare worker ready').length;
    let taken = spares() - 1;
    // Each when the one before it is replaced.
    const timer = setInterval(() => {
      if (spares() === taken) return;
      taken = spares();
      signal(service.workers().slice(0, 1), 'SIGKILL');
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  },
  'all processes hang': async ({ service }) => {
    const pids = processTree(service.pid).map(({ pid }) => pid);
    signal(pids, 'SIGSTOP');
    return () => signal(pids, 'SIGCONT');
  },
  'a release': async (stage) => {
    await stage.release();
    return () => undefined;
  },
};
