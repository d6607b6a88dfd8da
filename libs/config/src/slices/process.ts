import { z } from 'zod';
import { durationMs, onOff, optionalByteSize, workerCount } from '../values.js';
import { slice, variable } from '../variables.js';

const processVariables = {
  WORKERS: variable({
    schema: workerCount(64),
    rule: 'a whole number from 1 to 64, or auto for one per processor',
    fallback: '1',
    about:
      'Number of serving processes. With more than one, a parent process supervises them and serves nothing itself.',
  }),
  WORKER_SPARE: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about:
      'Whether the parent keeps a prepared spare process that replaces a dead worker immediately. It costs the memory of one idle process.',
  }),
  WORKER_MAX_HEAP: variable({
    schema: optionalByteSize(64 * 1_048_576),
    rule: 'a size of at least 64MiB, such as 256MiB or in bytes, or empty',
    fallback: '',
    about: "Maximum heap of each serving process. Empty: Node's default.",
  }),
  SHUTDOWN_DELAY: variable({
    schema: durationMs(0, 300_000),
    rule: 'a duration from 0ms to 5m',
    fallback: '0s',
    about:
      'How long a stopping process still serves while it reports not ready, so that the load balancer can remove it.',
  }),
  SHUTDOWN_TIMEOUT: variable({
    schema: durationMs(100, 300_000),
    rule: 'a duration from 100ms to 5m',
    fallback: '10s',
    about: 'Maximum time after that to finish requests. Then the process exits with code 1.',
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

export const processSlice = slice(ProcessConfig, processVariables, (values) => ({
  workers: values.WORKERS,
  workerSpare: values.WORKER_SPARE,
  workerMaxHeapBytes: values.WORKER_MAX_HEAP,
  shutdownDelayMs: values.SHUTDOWN_DELAY,
  shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
}));

const NAME = /^[\w.+-]{1,128}$/;
const RULE = '1 to 128 letters, digits, dots, underscores, plus signs or hyphens, or empty';

const buildVariables = {
  BUILD_VERSION: variable({
    schema: z.literal('').or(z.string().regex(NAME)),
    rule: RULE,
    fallback: '',
    about:
      'Version of the running build, in `hotshelf_build_info` and in traces. The image sets it. Empty: unknown.',
  }),
  BUILD_COMMIT: variable({
    schema: z.literal('').or(z.string().regex(NAME)),
    rule: RULE,
    fallback: '',
    about:
      'Commit that the running build was made from, in `hotshelf_build_info`. The image sets it. Empty: unknown.',
  }),
};

/** Which build runs. */
export abstract class BuildConfig {
  /** Empty if it is not known. */
  abstract readonly version: string;
  abstract readonly commit: string;
}

export const buildSlice = slice(BuildConfig, buildVariables, (values) => ({
  version: values.BUILD_VERSION,
  commit: values.BUILD_COMMIT,
}));
