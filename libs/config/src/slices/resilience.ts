import { durationMs, wholeNumber } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';

export const resilienceVariables = {
  BREAKER_FAILURES: variable({
    schema: wholeNumber(1, 10_000),
    rule: 'a whole number from 1 to 10000',
    fallback: '5',
    about: 'Failures within `BREAKER_WINDOW` that open a circuit breaker.',
  }),
  BREAKER_WINDOW: variable({
    schema: durationMs(100, 3_600_000),
    rule: 'a duration from 100ms to 1h',
    fallback: '10s',
    about: 'Sliding window in which failures are counted.',
  }),
  BREAKER_OPEN: variable({
    schema: durationMs(100, 3_600_000),
    rule: 'a duration from 100ms to 1h',
    fallback: '30s',
    about: 'How long a circuit breaker stays open before one trial call.',
  }),
};

/** When a breaker opens, and for how long. */
export abstract class ResilienceConfig {
  abstract readonly breakerFailures: number;
  abstract readonly breakerWindowMs: number;
  abstract readonly breakerOpenMs: number;
}

export function resilienceConfig(values: ValuesOf<typeof resilienceVariables>): ResilienceConfig {
  return {
    breakerFailures: values.BREAKER_FAILURES,
    breakerWindowMs: values.BREAKER_WINDOW,
    breakerOpenMs: values.BREAKER_OPEN,
  };
}
