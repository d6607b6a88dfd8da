import { z } from 'zod';
import { durationMs, share } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';
import { NODE_ENV } from './server.js';

export const logVariables = {
  NODE_ENV,
  LOG_LEVEL: variable({
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    rule: 'one of fatal, error, warn, info, debug, trace, silent',
    fallback: 'info',
    about: 'Minimum severity of logged lines.',
  }),
  LOG_SAMPLE_RATE: variable({
    schema: share().or(z.literal('')),
    rule: 'a number from 0 to 1, or empty',
    fallback: '',
    about:
      'Fraction of requests that are logged. Errors (status 500 and above) and slow requests are always logged. Refusals (503) get one line when they begin, then sums. Empty: `0.01` in production, `1` in development and test.',
  }),
  LOG_SLOW_MS: variable({
    schema: durationMs(0, 3_600_000),
    rule: 'a duration from 0ms to 1h',
    fallback: '500ms',
    about: 'Duration from which a request counts as slow.',
  }),
};

/** Settings of the log. */
export abstract class LogConfig {
  abstract readonly level: string;
  /** The share of requests that get a line, whatever comes of them. */
  abstract readonly sampleRate: number;
  /** Requests that take this long get one always. */
  abstract readonly slowMs: number;
  /** Whether a terminal gets lines for people; everything else gets JSON. */
  abstract readonly readable: boolean;
}

const PRODUCTION_SAMPLE_RATE = 0.01;

/** In development every request is logged; a million lines of production have no reader. */
export function logConfig(values: ValuesOf<typeof logVariables>): LogConfig {
  const fallback = values.NODE_ENV === 'production' ? PRODUCTION_SAMPLE_RATE : 1;
  return {
    level: values.LOG_LEVEL,
    sampleRate: values.LOG_SAMPLE_RATE === '' ? fallback : values.LOG_SAMPLE_RATE,
    slowMs: values.LOG_SLOW_MS,
    readable: values.NODE_ENV === 'development',
  };
}
