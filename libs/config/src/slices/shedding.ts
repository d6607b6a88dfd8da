import { byteSize, durationMs, wholeNumber } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';

export const sheddingVariables = {
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

export function sheddingConfig(values: ValuesOf<typeof sheddingVariables>): SheddingConfig {
  return {
    eventLoopDelayMs: values.SHED_EVENT_LOOP_DELAY,
    heapBytes: values.SHED_HEAP,
    maxLoads: values.SHED_LOADS,
    readTimeoutMs: values.SHED_READ_TIMEOUT,
  };
}
