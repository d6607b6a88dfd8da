import { byteSize, durationMs, wholeNumber } from '../values.js';
import { slice, variable } from '../variables.js';

const resilienceVariables = {
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

export const resilienceSlice = slice(ResilienceConfig, resilienceVariables, (values) => ({
  breakerFailures: values.BREAKER_FAILURES,
  breakerWindowMs: values.BREAKER_WINDOW,
  breakerOpenMs: values.BREAKER_OPEN,
}));

const sheddingVariables = {
  SHED_EVENT_LOOP_DELAY: variable({
    schema: durationMs(0, 60_000),
    rule: 'a duration from 0ms to 1m (0 = never)',
    fallback: '1s',
    about: 'Event-loop delay from which a process refuses writes and reads that L1 cannot answer.',
  }),
  SHED_HEAP: variable({
    schema: byteSize(0),
    rule: 'a size, such as 512MiB or in bytes (0 = never)',
    fallback: '0',
    about: 'Heap size from which it does the same.',
  }),
  SHED_LOADS: variable({
    schema: wholeNumber(0, 1_000_000),
    rule: 'a whole number from 0 to 1000000 (0 = unlimited)',
    fallback: '4000',
    about: 'Upper bound on concurrent loads per process. The actual limit adapts below it. 0 = unlimited.',
  }),
  SHED_READ_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m',
    fallback: '2.1s',
    about: 'Maximum time of a read. Then it is answered from a stale entry, or refused.',
  }),
};

/** When requests are refused so that the others can be answered. */
export abstract class SheddingConfig {
  /** 0 for never. */
  abstract readonly eventLoopDelayMs: number;
  /** 0 for never. */
  abstract readonly heapBytes: number;
  /** 0 for any number. */
  abstract readonly maxLoads: number;
  abstract readonly readTimeoutMs: number;
}

export const sheddingSlice = slice(SheddingConfig, sheddingVariables, (values) => ({
  eventLoopDelayMs: values.SHED_EVENT_LOOP_DELAY,
  heapBytes: values.SHED_HEAP,
  maxLoads: values.SHED_LOADS,
  readTimeoutMs: values.SHED_READ_TIMEOUT,
}));
