import type { ProcessFigures, SeriesValue, ServiceSnapshot, Snapshot } from '#libs/metrics';

type Metric = Snapshot[number];
type Labels = Readonly<Record<string, string | number | undefined>>;

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Counts of the whole service that a frame shows as rates. */
const COUNTS = [
  'l1Hits',
  'l1Misses',
  'l2Hits',
  'l2Misses',
  'stale',
  'coalesced',
  'loads',
  'shed',
  'statements',
  'rows',
  'invalidations',
] as const;

type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** What the service looked like at one moment. Counts only ever grow; the rest is as of now. */
export interface Totals extends Counts {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Answers of the API: probes, scrapes and pages are left out. */
  readonly answers: number;
  readonly serverErrors: number;
  /** How many answers took at most so many seconds, by ascending bound. */
  readonly latency: readonly (readonly [bound: number, answers: number])[];
  readonly elections: number;
  readonly restarts: number;
  readonly outboxRows: number;
  readonly outboxLagSeconds: number;
  readonly breakers: { readonly redis: BreakerState; readonly postgres: BreakerState };
  /** null without a Redis. */
  readonly isSynced: boolean | null;
  readonly isTrusted: boolean | null;
  readonly loopLagMs: number;
  readonly workersWanted: number;
  readonly workersServing: number;
  readonly l1Bytes: number;
  readonly l1Entries: number;
  readonly processes: readonly ProcessFigures[];
}

/** Routes that are no use of the API. */
const ROUTINE = /^\/(?:$|health|metrics|console|docs)/;

/** Node samples the loop's delay with a timer of 10 ms, and counts the timer's own time in it. */
const LOOP_RESOLUTION_MS = 10;

/** How late the loop is, of the value of `nodejs_eventloop_lag_p99_seconds`. */
const loopLagMsOf = (seconds: number) => Math.max(0, seconds * 1_000 - LOOP_RESOLUTION_MS);

/** @param atMs Unix milliseconds */
export function totalsOf({ merged, processes }: ServiceSnapshot, atMs: number): Totals {
  const metrics = new Map(merged.map((metric) => [metric.name, metric]));
  const of = (name: string, labels: Labels = {}) => sumOf(metrics.get(name), (each) => matches(each, labels));
  const isApi = ({ endpoint }: Labels) => !ROUTINE.test(String(endpoint));
  const ownBreaker = (dependency: string) => breakerOf(metrics.get('breaker_state'), dependency);
  const errors = metrics.get('api_errors_total');
  return {
    atMs,
    answers: sumOf(metrics.get('api_request_latency_seconds'), isApi, 'api_request_latency_seconds_count'),
    serverErrors: sumOf(errors, (each) => isApi(each) && String(each['status_code']).startsWith('5')),
    latency: bucketsOf(metrics.get('api_request_latency_seconds'), isApi),
    l1Hits: of('cache_hits_total', { cache_type: 'l1' }),
    l1Misses: of('cache_misses_total', { cache_type: 'l1' }),
    l2Hits: of('cache_hits_total', { cache_type: 'redis' }),
    l2Misses: of('cache_misses_total', { cache_type: 'redis' }),
    stale: of('cache_stale_served_total'),
    coalesced: of('cache_coalesced_total'),
    loads: sumOf(metrics.get('cache_load_seconds'), () => true, 'cache_load_seconds_count'),
    shed: of('shed_requests_total'),
    statements: of('database_statements_total'),
    rows: of('database_rows_total', { kind: 'load' }),
    invalidations: of('cache_invalidations_total'),
    elections: of('outbox_relay_elections_total'),
    restarts: of('worker_restarts_total'),
    outboxRows: of('outbox_depth_rows'),
    outboxLagSeconds: of('outbox_lag_seconds'),
    breakers: { redis: ownBreaker('redis'), postgres: ownBreaker('postgres') },
    isSynced: flagOf(metrics.get('cache_tracking_synced')),
    isTrusted: flagOf(metrics.get('cache_redis_trusted')),
    loopLagMs: loopLagMsOf(of('nodejs_eventloop_lag_p99_seconds')),
    workersWanted: of('workers_wanted'),
    workersServing: of('workers_serving'),
    l1Bytes: of('cache_l1_bytes'),
    l1Entries: of('cache_l1_entries'),
    processes,
  };
}

function sumOf(metric: Metric | undefined, counts: (labels: Labels) => boolean, series?: string): number {
  let sum = 0;
  for (const { value, labels, metricName } of valuesOf(metric))
    if ((series === undefined || metricName === series) && counts(labels as Labels)) sum += value;
  return sum;
}

const valuesOf = (metric: Metric | undefined) => (metric?.values ?? []) as readonly SeriesValue[];

function matches(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function bucketsOf(metric: Metric | undefined, counts: (labels: Labels) => boolean): [number, number][] {
  const buckets = new Map<number, number>();
  for (const { value, labels, metricName } of valuesOf(metric)) {
    if (metricName?.endsWith('_bucket') !== true || !counts(labels as Labels)) continue;
    const le = (labels as Labels)['le'];
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  return [...buckets].sort(([one], [other]) => one - other);
}

/** Of several workers, the state that is furthest from closed. */
function breakerOf(metric: Metric | undefined, dependency: string): BreakerState {
  const isIn = (state: BreakerState) => sumOf(metric, (each) => matches(each, { dependency, state })) > 0;
  return isIn('open') ? 'open' : isIn('half-open') ? 'half-open' : 'closed';
}

function flagOf(metric: Metric | undefined): boolean | null {
  const [first] = metric?.values ?? [];
  return first === undefined ? null : first.value === 1;
}

/** What happened within about a second, as the page shows it. Rates are per second, times in milliseconds. */
export interface Frame extends Counts {
  readonly at: number;
  readonly requests: number;
  readonly errors: number;
  /** null without answers. */
  readonly p50: number | null;
  readonly p99: number | null;
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

interface ProcessFrame {
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
    ...(Object.fromEntries(COUNTS.map((name) => [name, rate((totals) => totals[name])])) as Counts),
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
