import { z } from 'zod';
import { onOff } from '../values/on-off.js';
import { wholeNumber } from '../values/whole-number.js';
import { type ValuesOf, variable } from '../variable.js';

export const serverVariables = {
  HOST: variable({
    schema: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
    rule: 'an IP address or host name to listen on',
    fallback: '127.0.0.1',
    about: 'The address to listen on; `0.0.0.0` for every interface.',
  }),
  PORT: variable({
    schema: wholeNumber(0, 65_535),
    rule: 'a whole number from 0 to 65535 (0 picks a free port)',
    fallback: '3000',
    about: 'The port to listen on.',
  }),
  NODE_ENV: variable({
    schema: z.enum(['production', 'development', 'test']),
    rule: 'one of production, development, test',
    fallback: 'production',
    about: 'Where the service runs; `npm start` sets `development`.',
  }),
  HTTP_FAST_PATH: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about:
      'Whether what lies ready in memory or Redis is answered ahead of the router; off for a comparison.',
  }),
};

/** Where the service listens. */
export abstract class ServerConfig {
  abstract readonly host: string;
  abstract readonly port: number;
  abstract readonly environment: 'production' | 'development' | 'test';
  abstract readonly fastPath: boolean;
}

export function serverConfig(values: ValuesOf<typeof serverVariables>): ServerConfig {
  return {
    host: values.HOST,
    port: values.PORT,
    environment: values.NODE_ENV,
    fastPath: values.HTTP_FAST_PATH,
  };
}
