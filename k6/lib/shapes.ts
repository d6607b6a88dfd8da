import type { ConstantArrivalRateScenario, RampingArrivalRateScenario } from 'k6/options';
import type { Settings } from './settings.ts';

/** No answer may keep a virtual user for longer than this while the rate is kept up: it bounds how many are needed. */
const SLOWEST_SECONDS = 0.1;
/** At a low rate, one slow answer more would already find nobody free. */
const FEWEST_USERS = 50;
/** A flash sale's traffic is there within seconds, from a tenth of its height. */
const RISE_SECONDS = 5;
const CALM_SHARE = 0.1;

/**
 * How requests arrive. Both are open models: a request starts when its time has come, not when an earlier one has been
 * answered, so that a service that slows down is not asked less and its slowness shows.
 */
export function shapeOf(settings: Settings): ConstantArrivalRateScenario | RampingArrivalRateScenario {
  return settings.shape === 'steady' ? steady(settings) : flash(settings);
}

function steady(settings: Settings): ConstantArrivalRateScenario {
  return {
    executor: 'constant-arrival-rate',
    rate: settings.ratePerSecond,
    timeUnit: '1s',
    duration: seconds(settings.durationSeconds),
    ...users(settings.ratePerSecond),
  };
}

function flash(settings: Settings): RampingArrivalRateScenario {
  const calm = Math.ceil(settings.ratePerSecond * CALM_SHARE);
  return {
    executor: 'ramping-arrival-rate',
    startRate: calm,
    timeUnit: '1s',
    stages: [
      { target: calm, duration: seconds(RISE_SECONDS) },
      { target: settings.ratePerSecond, duration: seconds(RISE_SECONDS) },
      { target: settings.ratePerSecond, duration: seconds(settings.durationSeconds) },
      { target: calm, duration: seconds(RISE_SECONDS) },
    ],
    ...users(settings.ratePerSecond),
  };
}

/** All made before the start: making one takes the processor away from the ones that measure. */
function users(ratePerSecond: number): { preAllocatedVUs: number; maxVUs: number } {
  const needed = Math.max(FEWEST_USERS, Math.ceil(ratePerSecond * SLOWEST_SECONDS));
  return { preAllocatedVUs: needed, maxVUs: needed * 2 };
}

function seconds(count: number): string {
  return `${count}s`;
}
