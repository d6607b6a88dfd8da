import { setTimeout as pause } from 'node:timers/promises';
import { redisKeys } from '../../support/redis-keys.ts';
import type { Found } from '../budgets/budget.ts';
import { HOT_KEYS } from '../contestants/small-contestants.ts';
import { Histogram } from '../load/histogram.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, notMeasured, type Probe } from './probe.ts';

const PROCESSES = 2;
const READS_PER_SECOND = 1_000;
const QUIET_SECONDS = 5;
const WARM_UP_SECONDS = 3;
/** The import and its replay may each take this long, and longer by one second for so many rows. */
const LEAST_PATIENCE_SECONDS = 60;
const ROWS_PER_SECOND = 2_000;
const MIB = 2 ** 20;

/**
 * What readers meet while the outbox rows of a large import are applied: 1,000 hits a second on products that the import
 * changes as well. The import itself is over by then. Redis' memory is what it grew by: a key that no process has cached is to
 * take nothing of it.
 */
export const backlog: Probe = {
  name: 'backlog',
  budgets: ['backlog', 'backlog-after', 'backlog-errors', 'backlog-memory', 'backlog-news'],
  run: async (stage, { backlogRows }, say) => {
    const servers = await startHotshelf(stage, PROCESSES);
    try {
      const phases = await Phases.of(stage, servers, say);
      await phases.read('warm-up', WARM_UP_SECONDS);
      const before = await phases.read('before', QUIET_SECONDS);
      const rows = Math.min(backlogRows, stage.products);
      const patienceSeconds = LEAST_PATIENCE_SECONDS + rows / ROWS_PER_SECOND;
      const importing = importRows(stage, rows);
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      importing.then(settle, settle);
      // To its end: the load process takes one load at a time.
      await phases.readUntil('import', patienceSeconds, async () => isSettled);
      if (!isSettled) throw new Error(`the import of ${rows} rows took more than ${patienceSeconds} s`);
      const transaction = await importing;
      const news = changeOfNow(stage, servers, patienceSeconds);
      const during = await phases.readUntil('replay', patienceSeconds, () => isApplied(stage, transaction));
      const after = await phases.read('after', QUIET_SECONDS);
      if (!during.isOver) {
        const reason = `${rows} rows were not applied within ${patienceSeconds} s`;
        return Object.fromEntries(backlog.budgets.map((budget) => [budget, notMeasured(reason)]));
      }
      const p99 = ({ latency }: Phase) => latency.quantile(0.99) / 1_000;
      say(
        `  ${rows} rows: p99 ${p99(before).toFixed(2)} ms before, ${p99(during).toFixed(2)} during (slowest second ${during.worstMs.toFixed(2)}), ` +
          `${p99(after).toFixed(2)} after; applied within ${during.seconds} s`,
      );
      return {
        backlog: measured(p99(during) / p99(before)),
        'backlog-after': measured(p99(after) / p99(before)),
        'backlog-errors': measured(during.errors),
        'backlog-memory': measured(phases.peakMib),
        'backlog-news': await news,
      };
    } finally {
      await stopAll(servers);
    }
  },
};

interface Phase {
  readonly latency: Histogram;
  errors: number;
  seconds: number;
  /** The p99 of its slowest second, in milliseconds. */
  worstMs: number;
  isOver: boolean;
}

/** Reads in slices of one second, and shows each. */
class Phases {
  /** What Redis' memory grew by at most, in MiB. */
  peakMib = 0;

  private readonly stage: Stage;
  private readonly servers: readonly Server[];
  private readonly say: (line: string) => void;
  private readonly bytesBefore: number;

  static async of(stage: Stage, servers: readonly Server[], say: (line: string) => void): Promise<Phases> {
    return new Phases(stage, servers, say, await redisBytes(stage));
  }

  private constructor(
    stage: Stage,
    servers: readonly Server[],
    say: (line: string) => void,
    bytesBefore: number,
  ) {
    this.stage = stage;
    this.servers = servers;
    this.say = say;
    this.bytesBefore = bytesBefore;
  }

  read(name: string, seconds: number): Promise<Phase> {
    return this.readUntil(name, seconds, async () => false);
  }

  /** @param isOver asked after each second */
  async readUntil(name: string, mostSeconds: number, isOver: () => Promise<boolean>): Promise<Phase> {
    const phase: Phase = { latency: new Histogram(), errors: 0, seconds: 0, worstMs: 0, isOver: false };
    const startMs = performance.now();
    while (!phase.isOver && performance.now() - startMs < mostSeconds * 1_000) {
      const { latency, errors } = await this.second();
      phase.latency.add(latency);
      phase.errors += errors;
      const p99Ms = latency.quantile(0.99) / 1_000;
      phase.worstMs = Math.max(phase.worstMs, p99Ms);
      phase.isOver = await isOver();
      phase.seconds = Math.round((performance.now() - startMs) / 1_000);
      const grownMib = ((await redisBytes(this.stage)) - this.bytesBefore) / MIB;
      if (name !== 'warm-up' && name !== 'before') this.peakMib = Math.max(this.peakMib, grownMib);
      this.say(
        `  ${name.padEnd(7)} ${String(phase.seconds).padStart(4)} s  p99 ${p99Ms.toFixed(2).padStart(7)} ms  ` +
          `${errors} errors  Redis ${grownMib.toFixed(1)} MiB more  ${await appliedBy(this.servers)} rows applied`,
      );
    }
    return phase;
  }

  private async second(): Promise<{ latency: Histogram; errors: number }> {
    const { latency, errors } = await this.stage.freeLoad.run({
      ports: this.servers.map(({ port }) => port),
      connections: 64,
      arrivals: { kind: 'open', stages: [{ perSecond: READS_PER_SECOND, seconds: 1 }] },
      keys: { kind: 'uniform', count: HOT_KEYS },
      seed: 1,
    });
    return {
      latency: Histogram.from(latency),
      errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
    };
  }
}

/** @returns its transaction */
async function importRows({ catalogue }: Stage, rows: number): Promise<string> {
  const [row] = await catalogue.sql<{ transaction: string }>(
    `WITH imported AS (
      UPDATE products SET stock = stock + 1 WHERE id IN (SELECT 'prod-' || n FROM generate_series(0, $1::int - 1) AS n)
      RETURNING id
    ) SELECT pg_current_xact_id()::text AS transaction, count(*) FROM imported`,
    [rows],
  );
  return row?.transaction ?? '0';
}

/** Changes one product by SQL, and finds out after how many milliseconds every process serves it. */
async function changeOfNow(
  { catalogue }: Stage,
  servers: readonly Server[],
  patienceSeconds: number,
): Promise<Found> {
  const [row] = await catalogue.sql<{ stock: number }>(
    `UPDATE products SET stock = stock + 1000 WHERE id = 'prod-1' RETURNING stock`,
  );
  const startMs = performance.now();
  await Promise.all(
    servers.map(async ({ port }) => {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/products/prod-1`);
        if (response.ok && ((await response.json()) as { stock: number }).stock === row?.stock) return;
        if (performance.now() - startMs > patienceSeconds * 1_000) return;
        await pause(5);
      }
    }),
  );
  return measured(performance.now() - startMs);
}

/** By its transaction: to look through the outbox would take from Postgres what readers need. */
async function isApplied({ catalogue, redis }: Stage, transaction: string): Promise<boolean> {
  const { snapshot } = JSON.parse((await redis.client.get(redisKeys.watermark)) ?? '{}') as {
    snapshot?: string;
  };
  const [row] = await catalogue.sql<{ applied: boolean }>(
    'SELECT pg_visible_in_snapshot($1::xid8, $2::pg_snapshot) AS applied',
    [transaction, snapshot ?? '1:1:'],
  );
  return row?.applied === true;
}

/** Changes that the relay has applied since the processes started. */
async function appliedBy(servers: readonly Server[]): Promise<number> {
  const pages = await Promise.all(
    servers.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  );
  return pages.reduce((sum, page) => sum + Number(/^outbox_applied_total (\d+)/m.exec(page)?.[1] ?? 0), 0);
}

async function redisBytes({ redis }: Stage): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1] ?? 0);
}
