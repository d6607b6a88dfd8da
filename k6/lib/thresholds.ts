import type { Threshold } from 'k6/options';
import type { Plan, Thresholds } from './plan.ts';
import type { Profile, Settings } from './settings.ts';

/** Bounds of a time: milliseconds that 99 of 100, and 999 of 1,000, stay under. */
export interface Bounds {
  readonly p99: number;
  readonly p999: number;
}

/** What product reads keep on a quiet machine. */
export const PRODUCT_MS: Bounds = { p99: 25, p999: 100 };

/** A shared machine pauses at any time: it is allowed ten times as long for an answer, and no more errors. */
const TIME_FACTOR: Readonly<Record<Profile, number>> = { quiet: 1, shared: 10 };

/** Health, metrics and writes do more than a hit: none of them is a read that a customer waits for. */
const OPERATIONS_FACTOR = 5;

/** Failed requests, of all: below 0.01 %. */
export const FAILED_SHARE = 0.0001;

type Judged = Pick<Settings, 'profile'>;

/** The time bounds of a profile. */
export function boundsFor({ profile }: Judged, { p99, p999 }: Bounds = PRODUCT_MS): Bounds {
  return { p99: p99 * TIME_FACTOR[profile], p999: p999 * TIME_FACTOR[profile] };
}

/** Thresholds by name; a scenario merges those that it is judged by. */
export const THRESHOLDS = {
  /** Every answer is right: a read has its contract's form, a refusal has its own. */
  right: (): Thresholds => ({ checks: ['rate==1'] }),

  /** Not one request may fail; for runs of few requests. */
  faultless: (): Thresholds => ({ checks: ['rate==1'], 'http_req_failed{part:measured}': ['rate==0'] }),

  /** Requests that got no answer, or another one than they should: below 0.01 %. */
  answered: (): Thresholds => ({ 'http_req_failed{part:measured}': [`rate<${FAILED_SHARE}`] }),

  /** An arrival without a free virtual user was never sent: with one of them, the run is not the load that it claims. */
  sent: ({ parts }: Plan): Thresholds =>
    Object.fromEntries(parts.map(({ name }) => [`dropped_iterations{scenario:${name}}`, ['count==0']])),

  /** How long a product read takes. @param tag narrows it to a part of the run: `scenario:spike` */
  productTimes: (judged: Judged, bounds: Bounds = PRODUCT_MS, tag = 'part:measured'): Thresholds =>
    times(`{${tag},kind:product}`, boundsFor(judged, bounds)),

  /** The same for one other kind of request. */
  otherTimes: (judged: Judged, kind: 'health' | 'metrics' | 'write' | 'problem'): Thresholds => {
    const { p99 } = boundsFor(judged);
    return { [`http_req_duration{part:measured,kind:${kind}}`]: [`p(99)<${p99 * OPERATIONS_FACTOR}`] };
  },
} as const;

function times(tags: string, { p99, p999 }: Bounds): Thresholds {
  return { [`http_req_duration${tags}`]: [`p(99)<${p99}`, `p(99.9)<${p999}`] };
}

/** The same thresholds; crossing one ends the run. */
export function abortingAt(thresholds: Thresholds): Thresholds {
  const aborting = (rule: Threshold) => ({
    threshold: typeof rule === 'string' ? rule : rule.threshold,
    abortOnFail: true,
  });
  return Object.fromEntries(
    Object.entries(thresholds).map(([metric, rules]) => [metric, rules.map(aborting)]),
  );
}

/** @throws Error if two name the same metric: one of them would be lost */
export function merged(...all: readonly Thresholds[]): Thresholds {
  const merged: Thresholds = {};
  for (const [metric, rules] of all.flatMap((thresholds) => Object.entries(thresholds))) {
    if (metric in merged) throw new Error(`Two thresholds for ${metric}`);
    merged[metric] = rules;
  }
  return merged;
}
