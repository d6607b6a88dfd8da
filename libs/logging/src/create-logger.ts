import { type Logger, pino } from 'pino';
import type { LogConfig } from '#libs/config';
import { pinoOptions } from './pino-options.js';

/** A logger for a process without modules, whose lines look as those of all others. */
export function createLogger(config: LogConfig): Logger {
  const { level, redact } = pinoOptions(config);
  return pino({ ...(level !== undefined && { level }), ...(redact !== undefined && { redact }) });
}
