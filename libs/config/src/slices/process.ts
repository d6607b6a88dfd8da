import { durationMs } from '../values/duration.js';
import { onOff } from '../values/on-off.js';
import { optionalByteSize } from '../values/optional-byte-size.js';
import { workerCount } from '../values/worker-count.js';
import { type ValuesOf, variable } from '../variable.js';

export const processVariables = {
  WORKERS: variable({
    schema: workerCount(64),
    rule: 'a whole number from 1 to 64, or auto for one a processor',
    fallback: '1',
    about: 'Processes that serve. With more than one, a parent keeps them and serves nothing itself.',
  }),
  WORKER_SPARE: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about:
      'Whether the parent keeps one more process that takes over at once when a worker dies. It costs the memory of a start.',
  }),
  WORKER_MAX_HEAP: variable({
    schema: optionalByteSize(64 * 1_048_576),
    rule: 'a size of at least 64MiB, as 256MiB or in bytes, or empty',
    fallback: '',
    about: "The bound of the heap of each process that serves. Empty: Node's own.",
  }),
  SHUTDOWN_DELAY: variable({
    schema: durationMs(0, 300_000),
    rule: 'a duration from 0ms to 5m',
    fallback: '0s',
    about:
      'How long a process that was told to stop still serves, not ready, so that a balancer can turn away.',
  }),
  SHUTDOWN_TIMEOUT: variable({
    schema: durationMs(100, 300_000),
    rule: 'a duration from 100ms to 5m',
    fallback: '10s',
    about:
      'How long it may take after that to end what is under way; then it ends all the same, with exit code 1.',
  }),
};

/** How many processes there are, and how they end. */
export abstract class ProcessConfig {
  abstract readonly workers: number;
  abstract readonly workerSpare: boolean;
  abstract readonly workerMaxHeapBytes: number | null;
  abstract readonly shutdownDelayMs: number;
  abstract readonly shutdownTimeoutMs: number;
}

export function processConfig(values: ValuesOf<typeof processVariables>): ProcessConfig {
  return {
    workers: values.WORKERS,
    workerSpare: values.WORKER_SPARE,
    workerMaxHeapBytes: values.WORKER_MAX_HEAP,
    shutdownDelayMs: values.SHUTDOWN_DELAY,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
  };
}
