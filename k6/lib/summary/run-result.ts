import { CACHE_OUTCOMES } from '../cache-status.ts';
import { failedSliceName, MEASURED_METRICS, OBSERVED, SLICES, sliceName } from '../over-time.ts';
import type { Plan } from '../plan.ts';
import { KINDS } from '../requests.ts';
import type { Settings } from '../settings.ts';
import { rateAt } from '../shapes.ts';
import type { Check, Group, Metric, SummaryData } from './summary-data.ts';

/** Requests of one kind, or of all. Times in milliseconds. */
export interface Row {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface Slice {
  /** Seconds after the measured part began. */
  readonly from: number;
  readonly seconds: number;
  /** Requests per second. */
  readonly asked: number;
  readonly answered: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

export interface JudgedThreshold {
  readonly metric: string;
  readonly rule: string;
  readonly ok: boolean;
  readonly value: number | undefined;
}

/** A run, as its files and its closing table show it. */
export interface RunResult {
  readonly scenario: string;
  readonly date: string;
  readonly settings: Pick<Settings, 'baseUrl' | 'rate' | 'seconds' | 'products' | 'profile'>;
  /** Length of the measured part, until the last answer. */
  readonly seconds: number;
  readonly all: Row;
  readonly kinds: readonly Row[];
  /** Requests per second: sent, and asked for by the plan. */
  readonly perSecond: number;
  readonly askedPerSecond: number;
  readonly dropped: number;
  /** Milliseconds that the generator itself spent on 99 of 100 requests. */
  readonly generatorP99: number;
  readonly cache: Readonly<Record<string, number>>;
  readonly checks: readonly Pick<Check, 'name' | 'passes' | 'fails'>[];
  readonly thresholds: readonly JudgedThreshold[];
  readonly slices: readonly Slice[];
  /** What a scenario measured besides, by name. */
  readonly more: Readonly<Record<string, number>>;
}

/** @param more names of a scenario's own metrics, each with the statistic that is shown of it */
export function runResultOf(
  data: SummaryData,
  plan: Plan,
  settings: Settings,
  more: Readonly<Record<string, string>> = {},
): RunResult {
  const value = (metric: string, statistic: string) => data.metrics[metric]?.values[statistic] ?? 0;
  const { duration, failed, durationOf, failedOf, answersBy } = MEASURED_METRICS;
  const row = (name: string, durations: string, failures: string): Row => ({
    name,
    requests: value(failures, 'passes') + value(failures, 'fails'),
    // k6 counts what is true: of http_req_failed, the failed ones "pass".
    failed: value(failures, 'passes'),
    p50: value(durations, 'med'),
    p90: value(durations, 'p(90)'),
    p99: value(durations, 'p(99)'),
    p999: value(durations, 'p(99.9)'),
    max: value(durations, 'max'),
  });
  const all = row('all', duration, failed);
  const seconds = value('run_seconds', 'max');
  const kinds = KINDS.map((kind) => row(kind, durationOf(kind), failedOf(kind)));
  const { baseUrl, rate, products, profile } = settings;
  return {
    scenario: plan.scenario,
    date: new Date().toISOString(),
    settings: { baseUrl, rate, seconds: settings.seconds, products, profile },
    seconds,
    all,
    kinds: kinds.filter(({ requests }) => requests > 0),
    perSecond: seconds > 0 ? all.requests / seconds : 0,
    askedPerSecond: seconds > 0 ? asked(plan, 0, seconds) / seconds : 0,
    dropped: plan.parts.reduce(
      (sum, { name }) => sum + value(`dropped_iterations{scenario:${name}}`, 'count'),
      0,
    ),
    generatorP99: value('generator_time', 'p(99)'),
    cache: Object.fromEntries(CACHE_OUTCOMES.map((name) => [name, value(answersBy(name), 'count')])),
    checks: checksIn(data.root_group),
    thresholds: thresholdsIn(data),
    slices: slicesIn(plan, seconds, value),
    more: Object.fromEntries(
      Object.entries(more).map(([metric, statistic]) => [metric, value(metric, statistic)]),
    ),
  };
}

/** k6 holds a threshold without a sample to be kept: a run that sent nothing has passed nothing. */
export function hasPassed({ all, thresholds }: RunResult): boolean {
  return all.requests > 0 && thresholds.every(({ ok }) => ok);
}

const STEPS = 500;

/** Requests that a plan asks for from one second to another, with or without an end of a part between. */
export function asked({ parts }: Plan, from: number, to: number): number {
  const step = (to - from) / STEPS;
  let sum = 0;
  for (let n = 0; n < STEPS; n += 1) {
    const second = from + (n + 0.5) * step;
    for (const part of parts) sum += rateAt(part.shape, second - (part.from ?? 0)) * (part.requestsEach ?? 1);
  }
  return sum * step;
}

function slicesIn(plan: Plan, end: number, value: (metric: string, statistic: string) => number): Slice[] {
  const length = plan.seconds / SLICES;
  return Array.from({ length: SLICES }, (_, n) => n).flatMap((n): Slice[] => {
    const from = n * length;
    const seconds = Math.min(length, end - from);
    // An aborted run ends early; the rest of a slice with few requests would look like a collapse.
    if (seconds < length / 4) return [];
    return [
      {
        from,
        seconds,
        asked: asked(plan, from, from + seconds) / seconds,
        answered: value(sliceName(n), 'count') / seconds,
        p50: value(sliceName(n), 'med'),
        p99: value(sliceName(n), 'p(99)'),
        failed: value(failedSliceName(n), 'count'),
      },
    ];
  });
}

function checksIn({ checks, groups }: Group): RunResult['checks'] {
  const own = checks.map(({ name, passes, fails }) => ({ name, passes, fails }));
  return [...own, ...groups.flatMap(checksIn)];
}

function thresholdsIn({ metrics }: SummaryData): JudgedThreshold[] {
  const names = Object.keys(metrics).sort();
  return names.flatMap((metric) => thresholdsOf(metric, metrics[metric]));
}

function thresholdsOf(metric: string, found: Metric | undefined): JudgedThreshold[] {
  const observed = Object.values(OBSERVED);
  return Object.entries(found?.thresholds ?? {})
    .filter(([rule]) => !observed.includes(rule))
    .map(([rule, { ok }]) => ({ metric, rule, ok, value: found?.values[statisticOf(rule)] }));
}

/** `p(99)<25` is about `p(99)`. */
function statisticOf(rule: string): string {
  return /^[\w.()]+/.exec(rule)?.[0] ?? '';
}
