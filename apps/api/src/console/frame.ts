import type { ProcessFigures } from '#libs/metrics';
import { loopLagMsOf, type Totals } from './totals.js';

/** What happened within about a second, as the page shows it. Rates are per second, times in milliseconds. */
export interface Frame {
  readonly at: number;
  readonly requests: number;
  readonly errors: number;
  /** null without answers. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly l1Hits: number;
  readonly l1Misses: number;
  readonly l2Hits: number;
  readonly l2Misses: number;
  readonly stale: number;
  readonly coalesced: number;
  readonly loads: number;
  readonly shed: number;
  readonly statements: number;
  readonly rows: number;
  readonly invalidations: number;
  readonly outboxRows: number;
  readonly outboxLag: number;
  readonly breakers: Totals['breakers'];
  readonly synced: boolean | null;
  readonly trusted: boolean | null;
  readonly loopLag: number;
  readonly wanted: number;
  readonly serving: number;
  readonly restarts: number;
  readonly l1Bytes: number;
  readonly l1Entries: number;
  readonly processes: readonly ProcessFrame[];
}

export interface ProcessFrame {
  readonly pid: number;
  readonly requests: number;
  readonly loopLag: number;
  readonly memoryBytes: number;
  readonly l1Entries: number;
  readonly leads: boolean;
}

/** @param before an earlier moment; of a count that has shrunk since, as after a restart of all workers, nothing is said */
export function frameOf(before: Totals, now: Totals): Frame {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
  const rate = (pick: (totals: Totals) => number) => tidy(Math.max(0, pick(now) - pick(before)) / seconds);
  const grown = now.latency.map(
    ([bound, answers], n) => [bound, Math.max(0, answers - (before.latency[n]?.[1] ?? 0))] as const,
  );
  return {
    at: now.atMs,
    requests: rate(({ answers }) => answers),
    errors: rate(({ serverErrors }) => serverErrors),
    p50: quantileMs(grown, 0.5),
    p99: quantileMs(grown, 0.99),
    l1Hits: rate(({ l1Hits }) => l1Hits),
    l1Misses: rate(({ l1Misses }) => l1Misses),
    l2Hits: rate(({ l2Hits }) => l2Hits),
    l2Misses: rate(({ l2Misses }) => l2Misses),
    stale: rate(({ stale }) => stale),
    coalesced: rate(({ coalesced }) => coalesced),
    loads: rate(({ loads }) => loads),
    shed: rate(({ shed }) => shed),
    statements: rate(({ statements }) => statements),
    rows: rate(({ rows }) => rows),
    invalidations: rate(({ invalidations }) => invalidations),
    outboxRows: now.outboxRows,
    outboxLag: tidy(now.outboxLagSeconds),
    breakers: now.breakers,
    synced: now.isSynced,
    trusted: now.isTrusted,
    loopLag: tidy(now.loopLagMs),
    wanted: now.workersWanted,
    serving: now.workersServing,
    restarts: now.restarts,
    l1Bytes: now.l1Bytes,
    l1Entries: now.l1Entries,
    processes: now.processes.map((each) => processFrameOf(each, before, seconds)),
  };
}

function processFrameOf({ pid, values }: ProcessFigures, before: Totals, seconds: number): ProcessFrame {
  const earlier = before.processes.find((each) => each.pid === pid)?.values ?? values;
  const answers = 'api_request_latency_seconds_count';
  return {
    pid,
    requests: tidy(Math.max(0, (values[answers] ?? 0) - (earlier[answers] ?? 0)) / seconds),
    loopLag: tidy(loopLagMsOf(values['nodejs_eventloop_lag_p99_seconds'] ?? 0)),
    memoryBytes: values['process_resident_memory_bytes'] ?? 0,
    l1Entries: values['cache_l1_entries'] ?? 0,
    leads: values['outbox_relay_leading'] === 1,
  };
}

/**
 * Interpolates within the bucket, as Prometheus' histogram_quantile does.
 *
 * @param buckets cumulative
 * @returns milliseconds; null without answers
 */
export function quantileMs(
  buckets: readonly (readonly [bound: number, answers: number])[],
  quantile: number,
): number | null {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const rank = total * quantile;
  let [lower, below] = [0, 0];
  for (const [bound, answers] of buckets) {
    if (answers >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return tidy(lower * 1_000);
      const share = (rank - below) / (answers - below);
      return tidy((lower + (bound - lower) * share) * 1_000);
    }
    [lower, below] = [bound, answers];
  }
  return null;
}

/** Three digits are all that a reader takes in. */
function tidy(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3));
}
