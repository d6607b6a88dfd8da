import type { Found } from '../budgets/budget.ts';
import { HOT_KEYS } from '../contestants/small-contestants.ts';
import { Histogram } from '../load/histogram.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const PROCESSES = 2;
const READS_PER_SECOND = 1_000;
const BEFORE_SECONDS = 5;
const WARM_UP_SECONDS = 3;
const MOST_SECONDS = 300;
const MIB = 2 ** 20;

/**
 * What readers meet while the outbox rows of a large import are applied: 1,000 hits a second on products that the import
 * changes as well. The import itself is over by then. Redis' memory is what it grew by: a key that no process has cached is to
 * take nothing of it.
 */
export const backlog: Probe = {
  name: 'backlog',
  budgets: ['backlog', 'backlog-errors', 'backlog-memory', 'backlog-news'],
  run: async (stage, { backlogRows }) => {
    const servers = await startHotshelf(stage, PROCESSES);
    try {
      const read = reading(stage, servers);
      await read(WARM_UP_SECONDS);
      const before = await read(BEFORE_SECONDS);
      const memory = await redisBytes(stage);
      await stage.catalogue.sql(
        `UPDATE products SET stock = stock + 1 WHERE id IN (SELECT 'prod-' || n FROM generate_series(0, $1::int - 1) AS n)`,
        [Math.min(backlogRows, stage.products)],
      );
      const news = changeOfNow(stage, servers);
      const during = new Histogram();
      let errors = 0;
      let peak = 0;
      for (let second = 0; second === 0 || (second < MOST_SECONDS && (await isBehind(stage))); second += 1) {
        const load = await read(1);
        during.add(load.latency);
        errors += load.errors;
        peak = Math.max(peak, (await redisBytes(stage)) - memory);
      }
      return {
        backlog: measured(during.quantile(0.99) / before.latency.quantile(0.99)),
        'backlog-errors': measured(errors),
        'backlog-memory': measured(peak / MIB),
        'backlog-news': await news,
      };
    } finally {
      await stopAll(servers);
    }
  },
};

function reading({ freeLoad }: Stage, servers: readonly Server[]) {
  const ports = servers.map(({ port }) => port);
  const keys = { kind: 'uniform', count: HOT_KEYS } as const;
  return async (seconds: number): Promise<{ latency: Histogram; errors: number }> => {
    const arrivals = { kind: 'open', stages: [{ perSecond: READS_PER_SECOND, seconds }] } as const;
    const { latency, errors } = await freeLoad.run({ ports, connections: 64, arrivals, keys, seed: 1 });
    return {
      latency: Histogram.from(latency),
      errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
    };
  };
}

/** Changes one product by SQL, and finds out after how many milliseconds every process serves it. */
async function changeOfNow({ catalogue }: Stage, servers: readonly Server[]): Promise<Found> {
  const [row] = await catalogue.sql<{ stock: number }>(
    `UPDATE products SET stock = stock + 1000 WHERE id = 'prod-1' RETURNING stock`,
  );
  const startMs = performance.now();
  await Promise.all(
    servers.map(async ({ port }) => {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/products/prod-1`);
        if (response.ok && ((await response.json()) as { stock: number }).stock === row?.stock) return;
        if (performance.now() - startMs > MOST_SECONDS * 1_000) return;
      }
    }),
  );
  return measured(performance.now() - startMs);
}

/** Whether what was committed until now is not applied yet. */
async function isBehind({ catalogue, redis }: Stage): Promise<boolean> {
  const { snapshot } = JSON.parse((await redis.client.get('hotshelf:outbox:watermark')) ?? '{}') as {
    snapshot?: string;
  };
  const [row] = await catalogue.sql<{ behind: boolean }>(
    'SELECT EXISTS (SELECT FROM outbox WHERE NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot)) AS behind',
    [snapshot ?? '1:1:'],
  );
  return row?.behind === true;
}

async function redisBytes({ redis }: Stage): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1] ?? 0);
}
