import type { Options } from 'pino-http';
import type { LogConfig } from '#libs/config';
import { requestFields } from './request-context.js';
import { SECRET_PATHS } from './secrets.js';

export function pinoOptions(config: LogConfig): Options {
  return {
    level: config.level,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    autoLogging: false,
    mixin: requestFields,
  };
}
