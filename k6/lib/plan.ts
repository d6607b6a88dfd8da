import type { Options, Scenario, Threshold } from 'k6/options';
import { type Profile, type Settings } from './settings.ts';
import { peakOf, requestsOf, type Shape, secondsOf } from './shapes.ts';

/** A part of a run with arrivals of its own; k6 calls it a scenario. */
export interface Part {
  /** Its name, and the `scenario` tag of its requests. */
  readonly name: string;
  /** Name of the function that the scenario file exports for it. */
  readonly exec: string;
  readonly shape: Shape;
  /** When it begins, in seconds after the warm-up; default: 0. */
  readonly from?: number;
  /** What an iteration sends, for the report's "asked for"; default: 1 request. */
  readonly requestsEach?: number;
}

/** A run as it is meant to be: k6's options are made from it, and the summary compares with it. */
export interface Plan {
  readonly scenario: string;
  readonly parts: readonly Part[];
  /** Seconds before the parts begin in which the same requests are sent without being judged. */
  readonly warmSeconds: number;
  /** Seconds from the beginning of the first part to the end of the last. */
  readonly seconds: number;
}

export type Thresholds = Record<string, Threshold[]>;

/** The part that is not judged, and the tag of the requests of the others. */
export const WARM_PART = 'warm';
const MEASURED = { part: 'measured' } as const;
const WARM_SECONDS = 5;
/** Parts whose answers are only waited for. */
const WARM_STOP_SECONDS = 1;

/**
 * How long an answer may keep a virtual user while the rate is still kept up: it bounds how many users are needed. A
 * shared machine pauses for longer.
 */
const SLOWEST_SECONDS: Readonly<Record<Profile, number>> = { quiet: 0.1, shared: 0.5 };
/** At a low rate, one more slow answer would already find no user free. */
const FEWEST_USERS = 50;

export const TREND_STATS = ['count', 'min', 'med', 'avg', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'];

/** @param warmSeconds default: 5; 0 for a run that judges no times */
export function planOf(scenario: string, parts: readonly Part[], warmSeconds = WARM_SECONDS): Plan {
  const ends = parts.map(({ shape, from = 0 }) => from + secondsOf(shape));
  return { scenario, parts, warmSeconds, seconds: Math.max(...ends) };
}

/**
 * k6's options for a plan. Every part is an open model: an iteration starts when its time has come, not when an earlier
 * one has been answered, so that a service that slows down is not asked less and its slowness shows.
 *
 * @param others scenarios that send no load of their own, such as a sampler
 */
export function optionsOf(
  plan: Plan,
  settings: Pick<Settings, 'profile'>,
  thresholds: Thresholds,
  others: Readonly<Record<string, Scenario>> = {},
): Options {
  const { parts, warmSeconds } = plan;
  const parted = parts.map((part) => [
    part.name,
    arrivals(part.shape, settings.profile, {
      exec: part.exec,
      startTime: duration(warmSeconds + (part.from ?? 0)),
      tags: MEASURED,
    }),
  ]);
  const first = parts[0];
  const warm =
    warmSeconds === 0 || first === undefined
      ? []
      : [[WARM_PART, warmUp(first, warmSeconds, settings.profile)]];
  return {
    scenarios: { ...Object.fromEntries([...warm, ...parted]), ...others },
    thresholds,
    summaryTrendStats: TREND_STATS,
    // Warming reads the catalogue: see preflight.
    setupTimeout: '2m',
    batch: 50,
    batchPerHost: 50,
    // Whether an answer is right is judged on the service itself, not on where it redirects to.
    maxRedirects: 0,
  };
}

/**
 * At the rate that the first part begins with: no jump for the service. It has ended when that part begins, so that k6
 * gives both the same virtual users.
 */
function warmUp({ exec, shape: { startRate } }: Part, seconds: number, profile: Profile): Scenario {
  const shape = { startRate, stages: [{ seconds: seconds - WARM_STOP_SECONDS, rate: startRate }] };
  return arrivals(shape, profile, { exec, gracefulStop: duration(WARM_STOP_SECONDS) });
}

function arrivals(
  shape: Shape,
  profile: Profile,
  common: { exec: string; startTime?: string; gracefulStop?: string; tags?: Record<string, string> },
): Scenario {
  const { startRate, stages } = shape;
  const users = Math.max(FEWEST_USERS, Math.ceil(peakOf(shape) * SLOWEST_SECONDS[profile]));
  const rest = {
    gracefulStop: '15s',
    ...common,
    timeUnit: '1s',
    // All made before the start: making one takes the processor away from those that measure.
    preAllocatedVUs: users,
    maxVUs: users * 2,
  };
  if (stages.every(({ rate }) => rate === startRate)) {
    const seconds = secondsOf(shape);
    return { executor: 'constant-arrival-rate', rate: startRate, duration: duration(seconds), ...rest };
  }
  return {
    executor: 'ramping-arrival-rate',
    startRate,
    stages: stages.map(({ seconds, rate }) => ({ target: rate, duration: duration(seconds) })),
    ...rest,
  };
}

/** Requests that a plan asks for, without the warm-up. */
export function askedFor({ parts }: Plan): number {
  return parts.reduce((sum, { shape, requestsEach = 1 }) => sum + requestsOf(shape) * requestsEach, 0);
}

export function duration(seconds: number): string {
  return `${Math.round(seconds * 1_000)}ms`;
}
