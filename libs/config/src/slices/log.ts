import { z } from 'zod';
import { durationMs } from '../values/duration.js';
import { share } from '../values/share.js';
import { type ValuesOf, variable } from '../variable.js';
import type { ServerConfig } from './server.js';

export const logVariables = {
  LOG_LEVEL: variable({
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    rule: 'one of fatal, error, warn, info, debug, trace, silent',
    fallback: 'info',
    about: 'The least severe line that is logged.',
  }),
  LOG_SAMPLE_RATE: variable({
    schema: share().or(z.literal('')),
    rule: 'a number from 0 to 1, or empty',
    fallback: '',
    about:
      'The share of requests that get a line; errors (status 500 and above) and slow ones always do. Empty: `0.01` in production, `1` in development and test.',
  }),
  LOG_SLOW_MS: variable({
    schema: durationMs(0, 3_600_000),
    rule: 'a duration from 0ms to 1h',
    fallback: '500ms',
    about: 'From when on a request is slow.',
  }),
};

/** What is logged. */
export abstract class LogConfig {
  abstract readonly level: string;
  /** The share of requests that get a line, whatever comes of them. */
  abstract readonly sampleRate: number;
  /** Requests that take this long get one always. */
  abstract readonly slowMs: number;
}

const PRODUCTION_SAMPLE_RATE = 0.01;

/** @param environment where the service runs: a developer wants to see every request, nobody reads a million lines */
export function logConfig(
  values: ValuesOf<typeof logVariables>,
  environment: ServerConfig['environment'],
): LogConfig {
  const fallback = environment === 'production' ? PRODUCTION_SAMPLE_RATE : 1;
  return {
    level: values.LOG_LEVEL,
    sampleRate: values.LOG_SAMPLE_RATE === '' ? fallback : values.LOG_SAMPLE_RATE,
    slowMs: values.LOG_SLOW_MS,
  };
}
