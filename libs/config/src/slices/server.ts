import { z } from 'zod';
import { onOff, wholeNumber } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';

export const NODE_ENV = variable({
  schema: z.enum(['production', 'development', 'test']),
  rule: 'one of production, development, test',
  fallback: 'production',
  about: 'Environment of the service. `npm start` sets `development`.',
});

export const serverVariables = {
  HOST: variable({
    schema: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
    rule: 'an IP address or host name to listen on',
    fallback: '127.0.0.1',
    about: 'Address to listen on. `0.0.0.0` listens on every interface.',
  }),
  PORT: variable({
    schema: wholeNumber(0, 65_535),
    rule: 'a whole number from 0 to 65535 (0 picks a free port)',
    fallback: '3000',
    about: 'Port to listen on.',
  }),
  NODE_ENV,
  HTTP_FAST_PATH: variable({
    schema: onOff(),
    rule: 'on or off',
    fallback: 'on',
    about: 'Whether hits in L1 and L2 are answered ahead of the router. Turn it off only to compare.',
  }),
};

/** The address of the service. */
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
