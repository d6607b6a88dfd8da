import { z } from 'zod';
import { type ApiKey, apiKeys } from '../api-keys.js';
import { onOff, wholeNumber } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';
import { NODE_ENV } from './server.js';

export const consoleVariables = {
  NODE_ENV,
  CONSOLE_ENABLED: variable({
    schema: onOff().or(z.literal('').transform(() => null)),
    rule: 'on, off, or empty',
    fallback: '',
    about: 'Whether the live page at `/console` is served. Empty: on in development, off elsewhere.',
  }),
  CONSOLE_KEYS: variable({
    schema: apiKeys(),
    rule: 'entries as in API_KEYS, or empty',
    fallback: '',
    about:
      'Keys that may see the console. `npm run key` creates an entry. Required if the console is on in production; empty in development: no key is asked for.',
    secret: true,
  }),
  CONSOLE_REDIS_PID: variable({
    schema: wholeNumber(2, 4_194_304).or(z.literal('').transform(() => null)),
    rule: 'a process id, or empty',
    fallback: '',
    about:
      'Process id of the Redis that the console may pause, in development only. `npm start` sets it to the Redis that it has started.',
  }),
};

/** The live page at `/console`. */
export abstract class ConsoleConfig {
  abstract readonly enabled: boolean;
  /** Who may see it; without any it is open. */
  abstract readonly keys: readonly ApiKey[];
  /** Whether it has buttons that change something. */
  abstract readonly actions: boolean;
  /** The Redis that it may pause; null for none. */
  abstract readonly redisPid: number | null;
}

export function consoleConfig(values: ValuesOf<typeof consoleVariables>): ConsoleConfig {
  const isDevelopment = values.NODE_ENV === 'development';
  return {
    enabled: values.CONSOLE_ENABLED ?? isDevelopment,
    keys: values.CONSOLE_KEYS,
    actions: isDevelopment,
    redisPid: isDevelopment ? values.CONSOLE_REDIS_PID : null,
  };
}
