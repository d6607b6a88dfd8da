import { z } from 'zod';
import { type ValuesOf, variable } from '../variable.js';

export const logVariables = {
  LOG_LEVEL: variable({
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    rule: 'one of fatal, error, warn, info, debug, trace, silent',
    fallback: 'info',
    about: 'The least severe line that is logged.',
  }),
};

/** What is logged. */
export abstract class LogConfig {
  abstract readonly level: string;
}

export function logConfig(values: ValuesOf<typeof logVariables>): LogConfig {
  return { level: values.LOG_LEVEL };
}
