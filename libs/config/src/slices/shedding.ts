import { byteSize } from '../values/byte-size.js';
import { durationMs } from '../values/duration.js';
import { wholeNumber } from '../values/whole-number.js';
import { type ValuesOf, variable } from '../variable.js';

export const sheddingVariables = {
  SHED_EVENT_LOOP_DELAY: variable({
    schema: durationMs(0, 60_000),
    rule: 'a duration from 0ms to 1m (0 for never)',
    fallback: '1s',
    about: 'From which delay of the event loop on a process refuses what memory can not answer, and writes.',
  }),
  SHED_HEAP: variable({
    schema: byteSize(0),
    rule: 'a size, as 512MiB or in bytes (0 for never)',
    fallback: '0',
    about: 'From which size of the heap on it does so.',
  }),
  SHED_LOADS: variable({
    schema: wholeNumber(0, 1_000_000),
    rule: 'a whole number from 0 to 1000000 (0 for any number)',
    fallback: '4000',
    about:
      'Loads that may be under way in a process at once, at most; how many really may is found by trying.',
  }),
  SHED_READ_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m',
    fallback: '2.1s',
    about: 'How long a read may take altogether before it is answered by what is kept, or refused.',
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
