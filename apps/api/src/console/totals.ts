import type { ProcessFigures, SeriesValue, ServiceSnapshot, Snapshot } from '#libs/metrics';

type Metric = Snapshot[number];
type Labels = Readonly<Record<string, string | number | undefined>>;

export type BreakerState = 'closed' | 'half-open' | 'open';

/** What the service looked like at one moment. Counts only ever grow; the rest is as of now. */
export interface Totals {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Answers of the API: probes, scrapes and pages are left out. */
  readonly answers: number;
  readonly serverErrors: number;
  /** How many answers took at most so many seconds, by ascending bound. */
  readonly latency: readonly (readonly [bound: number, answers: number])[];
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
export const loopLagMsOf = (seconds: number) => Math.max(0, seconds * 1_000 - LOOP_RESOLUTION_MS);

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
