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
  METRICS_PORT: variable({
    schema: wholeNumber(1, 65_535).or(z.literal('').transform(() => null)),
    rule: 'a whole number from 1 to 65535, not that of PORT, or empty',
    fallback: '',
    about:
      'Port for operators: `/metrics`, `/console` and the whole of `/health` are served there and no longer on `PORT`, which keeps the probes and the status. Empty: everything is served on `PORT`.',
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
  /** The port for operators; null for none: everything is on the one port. */
  abstract readonly metricsPort: number | null;
  abstract readonly environment: 'production' | 'development' | 'test';
  abstract readonly fastPath: boolean;
}

export function serverConfig(values: ValuesOf<typeof serverVariables>): ServerConfig {
  return {
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    environment: values.NODE_ENV,
    fastPath: values.HTTP_FAST_PATH,
  };
}
