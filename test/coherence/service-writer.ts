import { TrackedPrefixes } from '#libs/cache';
import { RecordingWatch, WriteThrough } from '#libs/coherence';
import { readConfig } from '#libs/config';
import { DatabaseWriter, prepared } from '#libs/db';
import { Outages, ResilienceEvents } from '#libs/resilience';
import { recordedTable } from '#src/apps/api/src/catalogue/migrations/index';
import { MonotonicClock } from '#src/libs/cache/src/entry/entry';
import { HistoryWatch } from '#src/libs/coherence/src/database-watch';
import { CoherenceEvents } from '#src/libs/coherence/src/events';
import { LagMeter } from '#src/libs/coherence/src/meters';
import { BacklogNews } from '#src/libs/coherence/src/news';
import { TrustWatch } from '#src/libs/coherence/src/trust-watch';
import { Watermark } from '#src/libs/coherence/src/watermark';
import { Connections } from '#src/libs/db/src/connections';
import { Primary } from '#src/libs/db/src/primary';
import { DependencyPolicy } from '#src/libs/resilience/src/dependency-policy';
import { createCacheNode } from '../support/cache-node.ts';
import { applierOf } from '../support/outbox-drain.ts';
import { openServicePool } from '../support/service-pool.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Writer } from './sql-writers.ts';
import type { System } from './system.ts';
import type { Verdict } from './verdict.ts';

interface Row {
  readonly stock: number;
  readonly version: string;
}

const UPDATE = 'UPDATE products SET stock = $2 WHERE id = $1 RETURNING stock, version';

const ALONE = prepared(UPDATE);

/** Writes as the service does, with its own code: through the database and, right after the commit, the tiers. */
export async function startServiceWriter(
  { catalogue, redisUrl }: System,
  ledger: Ledger,
  random: Random,
  verdict: Verdict,
): Promise<{ write: Writer; stop(): Promise<void> }> {
  const { database, redis } = readConfig({ DATABASE_URL: catalogue.url, REDIS_URL: redisUrl });
  const pool = await openServicePool(database);
  const events = new ResilienceEvents();
  const policy = new DependencyPolicy(
    { dependency: 'postgres', timeoutMs: 2_000, failures: 1_000, windowMs: 1, openMs: 1 },
    events,
  );
  const node = await createCacheNode({
    redisUrl,
    config: { l1UnsyncedTtlMs: 1_000 },
    commandTimeout: '100ms',
  });
  const coherence = new CoherenceEvents();
  const history = new HistoryWatch(node.own, node.trust, redis, coherence);
  const watermark = new Watermark(node.link);
  const applier = applierOf(node);
  const clock = new MonotonicClock();
  const connections = new Connections(pool);
  const primary = new Primary(connections, database, policy);
  const outages = new Outages(events, database, redis);
  const watch = new TrustWatch(
    database,
    primary,
    redis,
    watermark,
    new BacklogNews(applier, node.link, coherence),
    history,
    node.trust,
    outages,
    new RecordingWatch(
      { of: { 'product:': [recordedTable('products')] } },
      new TrackedPrefixes(['product:']),
      clock,
    ),
    new LagMeter(node.events, clock, coherence),
    clock,
    coherence,
  );
  watch.onModuleInit();
  const writes = new WriteThrough(node.changes, applier);
  const writer = new DatabaseWriter(connections, policy, database);

  const stateOf = ({ stock, version }: Row) =>
    ({ state: 'present', version: Number(version), body: JSON.stringify({ stock }) }) as const;
  const load = (key: string) => async () => {
    const [row] = await catalogue.sql<Row>('SELECT stock, version FROM products WHERE id = $1', [key]);
    return row === undefined ? ({ state: 'absent', version: 0 } as const) : stateOf(row);
  };
  const write = async (key: string, number: number) => {
    const stored = (row: Row) => ({
      ...stateOf(row),
      // Not all that the service would cache: the readers look at the stock alone.
      body: JSON.stringify({ id: key, stock: number }),
    });
    const inTransaction = () =>
      writes.run(
        `product:${key}`,
        (committing) =>
          writer.write(async (sql) => (await sql<Row>(UPDATE, [key, number]))[0] as Row, committing),
        stored,
      );
    const alone = () =>
      writes.alone(
        `product:${key}`,
        async () => {
          const [[stock, version] = []] = await writer.alone<[number, string]>(ALONE, [key, number]);
          return stock === undefined || version === undefined ? null : { stock, version };
        },
        stored,
      );
    await (random.next() < 0.5 ? inTransaction() : alone());
    const { entry } = await node.cache.read(`product:${key}`, load(key));
    const read = entry.state === 'present' ? JSON.parse(entry.body).stock : -1;
    if (read < number) verdict.lost(`the service wrote ${number} to ${key} and read ${read} right after`);
  };
  return {
    write: () =>
      ledger.with(random, 1, async ([key]) => {
        if (key === undefined || !ledger.isPresent(key)) return;
        await ledger.commit([key], 'present', ([number]) => write(key, number ?? 0));
      }),
    stop: async () => {
      await watch.onApplicationShutdown();
      node.close();
      await pool.close();
    },
  };
}
