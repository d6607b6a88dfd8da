import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../support/api.ts';
import { faultsFor } from './faults/faults.ts';
import { Feed } from './feed.ts';
import { Ledger } from './ledger.ts';
import { addCounted, BULK_ROWS, bulkWriter, COUNTED, oddWriters } from './odd-writers.ts';
import type { CheckOptions } from './options.ts';
import { Random } from './random.ts';
import { Readers } from './readers.ts';
import { startServiceWriter } from './service-writer.ts';
import { sqlWriters } from './sql-writers.ts';
import { type RedisKind, type System, startSystem } from './system.ts';
import { Verdict, type Violation } from './verdict.ts';
import { Writers } from './writers.ts';

const PRODUCTS = 200;
/** `CACHE_L1_UNSYNCED_TTL`, and what a busy machine may add. */
const ALLOWED_MS = 1_000 + 250;
/** After the last fault everything has to be right within this. */
const HEALED_WITHIN_MS = 3_000;
/** From here on there are bulk changes too. */
const LONG_SECONDS = 60;

/** A client of the feed begins again after each broken history, and would read bulk changes for longer than the run takes. */
const bulkRowsIn = (options: CheckOptions) =>
  options.feed === true || redisKindOf(options) !== 'single' ? BULK_ROWS.few : BULK_ROWS.many;

export interface CheckReport {
  readonly violations: readonly Violation[];
  readonly reads: number;
  readonly worstAgeMs: number;
  readonly excused: number;
  readonly statuses: ReadonlyMap<number | 'none', number>;
  readonly tiers: ReadonlyMap<string, number>;
  readonly writes: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, number>;
  readonly feed: ReadonlyMap<string, string>;
}

/**
 * Runs the service under random writes, reads and faults, and judges every answer.
 *
 * @param started called when the service runs
 */
export async function check(
  options: CheckOptions,
  started: (system: System) => void = () => undefined,
): Promise<CheckReport> {
  // Of its own: what readers and writers draw depends on how fast they are answered, and the same seed has to give the same faults.
  const fate = new Random(options.seed);
  const random = new Random(options.seed + 1);
  const faults = faultsFor(options);
  const system = await startSystem(PRODUCTS, redisKindOf(options), options.spared);
  started(system);
  const keys = Array.from({ length: PRODUCTS }, (_, n) => `prod-${n}`);
  await addCounted(system.catalogue);
  const ledger = new Ledger(keys, (key) => Number(key.slice('prod-'.length)), COUNTED);
  let now = 'all is well';
  const verdict = new Verdict(ledger.histories, ALLOWED_MS, () => now);
  let sourceAway = () => false;
  verdict.lostHistory = system.lost;
  verdict.canNotAsk = (name) => sourceAway() || system.stops.isRecent(name, HEALED_WITHIN_MS);
  const service = await startServiceWriter(system, ledger, random, verdict);
  const writers = new Writers(
    {
      ...sqlWriters(system.catalogue, ledger, random),
      ...oddWriters(system.catalogue, ledger, random),
      ...(options.seconds >= LONG_SECONDS &&
        bulkWriter(system.catalogue, ledger, random, bulkRowsIn(options))),
      service: service.write,
    },
    random,
  );
  const readers = new Readers(system, verdict, random, [...COUNTED, ...keys]);
  const feed = new Feed(system, options.seed + 2);
  const ran = new Map<string, number>();
  try {
    readers.start();
    if (options.feed === true) feed.start();
    writers.start();
    const endsAtMs = performance.now() + options.seconds * 1_000;
    for (let left = fate.shuffled(faults); performance.now() < endsAtMs; ) {
      await pause(1_000 + fate.next() * 1_000);
      const fault = left.pop();
      if (left.length === 0) left = fate.shuffled(faults);
      if (fault === undefined) continue;
      now = `during "${fault.name}"`;
      ran.set(fault.name, (ran.get(fault.name) ?? 0) + 1);
      if (fault.stopsWriters) {
        sourceAway = () => true;
        await writers.whilePaused(async () => {
          await fault.run(system, fate);
          await feed.versionsBeginAgain();
        });
        const backAtMs = performance.now();
        sourceAway = () => performance.now() - backAtMs < HEALED_WITHIN_MS;
      }
      if (!fault.stopsWriters) await fault.run(system, fate);
      now = `after "${fault.name}"`;
    }
    await writers.stop();
    await readers.stop();
    await judgeTheEnd(system, ledger, readers, verdict);
    if (options.feed === true)
      for (const violation of await feed.judge(ledger)) verdict.violations.push(violation);
    // One kind of fault alone may keep Redis away for most of the time.
    if (options.only === '') verdict.judgeUse(readers.tiers.get('redis') ?? 0);
    if (writers.failure !== undefined) throw new Error('a writer failed', { cause: writers.failure });
  } finally {
    await feed.stop();
    await service.stop();
    await system.stop();
  }
  const { violations, readsJudged: reads, worstAgeMs, excused } = verdict;
  return {
    violations,
    reads,
    worstAgeMs,
    excused,
    statuses: readers.statuses,
    tiers: readers.tiers,
    writes: writers.counts,
    faults: ran,
    feed: feed.counts,
  };
}

function redisKindOf({ cluster, replicas }: CheckOptions): RedisKind {
  if (replicas === true) return 'replicated cluster';
  return cluster ? 'cluster' : 'single';
}

/** A read that a busy process refuses says nothing about what it holds, so it is repeated a few times. */
async function readAnswered(readers: Readers, api: Api, key: string): Promise<number | null | undefined> {
  for (let tries = 0; tries < 4; tries += 1) {
    const stock = await readers.readOnce(api, key);
    if (stock !== undefined) return stock;
    await pause(500);
  }
  return readers.readOnce(api, key);
}

/** Every process has to serve the last state of everything, soon and for good. */
async function judgeTheEnd(
  system: System,
  ledger: Ledger,
  readers: Readers,
  verdict: Verdict,
): Promise<void> {
  await pause(HEALED_WITHIN_MS);
  for (const [key, { last }] of ledger.histories) {
    for (const api of system.apis) {
      const stock = await readAnswered(readers, api, key);
      const wanted = last.kind === 'absent' ? null : last.number;
      if (stock !== wanted)
        verdict.lost(`${key} is ${stock} in process ${api.pid} at the end, and ${wanted} in Postgres`);
    }
  }
}
