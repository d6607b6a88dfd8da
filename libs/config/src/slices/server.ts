import { z } from 'zod';
import { durationMs, onOff, proxyList, wholeNumber } from '../values.js';
import { slice, variable } from '../variables.js';

export const NODE_ENV = variable({
  schema: z.enum(['production', 'development', 'test']),
  rule: 'one of production, development, test',
  fallback: 'production',
  about: 'Environment of the service. `npm start` sets `development`.',
});

const serverVariables = {
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

export const serverSlice = slice(ServerConfig, serverVariables, (values) => ({
  host: values.HOST,
  port: values.PORT,
  metricsPort: values.METRICS_PORT,
  environment: values.NODE_ENV,
  fastPath: values.HTTP_FAST_PATH,
}));

/** Origins of pages, each as browsers send it; or every origin. */
export type Origins = readonly string[] | '*';

/**
 * Origins with commas between (`https://shop.example`, RFC 6454 §6.2), `*` alone, or none. An origin that no browser
 * sends, such as one with a slash at its end or with its default port, would match nothing and is refused.
 */
function originList() {
  return z.string().transform((text, context): Origins => {
    if (text.trim() === '*') return '*';
    const origins = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
    if (origins.every(isOrigin)) return origins;
    context.issues.push({ code: 'custom', message: 'not such origins', input: text });
    return z.NEVER;
  });
}

function isOrigin(text: string): boolean {
  // URL takes an asterisk for a letter of a name.
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const edgeVariables = {
  TRUST_PROXY: variable({
    schema: proxyList(),
    rule: 'IP addresses and CIDR ranges separated by commas, or empty',
    fallback: '',
    about:
      'Proxies whose `X-Forwarded-For` is used as the client address. From other peers the header is ignored.',
  }),
  HTTP_HEADERS_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m, no longer than HTTP_REQUEST_TIMEOUT',
    fallback: '5s',
    about: 'Maximum time to receive the headers of a request.',
  }),
  HTTP_REQUEST_TIMEOUT: variable({
    schema: durationMs(100, 300_000),
    rule: 'a duration from 100ms to 5m',
    fallback: '10s',
    about: 'Maximum time to receive a whole request.',
  }),
  HTTP_CONNECTION_TIMEOUT: variable({
    schema: durationMs(1_000, 3_600_000),
    rule: 'a duration from 1s to 1h',
    fallback: '30s',
    about: 'Maximum time without traffic on a connection during a request or a response.',
  }),
  HTTP_KEEP_ALIVE_TIMEOUT: variable({
    schema: durationMs(100, 3_600_000),
    rule: 'a duration from 100ms to 1h',
    fallback: '65s',
    about:
      'How long an idle connection is kept open. Set it longer than the idle timeout of the load balancer.',
  }),
  HTTP_MAX_CONNECTIONS: variable({
    schema: wholeNumber(0, 1_000_000),
    rule: 'a whole number from 0 to 1000000',
    fallback: '0',
    about: 'Maximum open connections per process. Further connections are closed. 0 = unlimited.',
  }),
  RATE_LIMIT_MISSES: variable({
    schema: wholeNumber(0, 1_000_000_000),
    rule: 'a whole number from 0 to 1000000000',
    fallback: '0',
    about: 'Maximum L1 misses per minute from one client address, per process. 0 = unlimited.',
  }),
  CORS_ORIGINS: variable({
    schema: originList(),
    rule: 'origins as browsers send them, as https://shop.example, with commas between; `*` for every origin; or empty',
    fallback: '',
    about: 'Origins whose pages may use the API from a browser (CORS). Empty: none but its own.',
  }),
};

/** Limits of the HTTP server for its clients. */
export abstract class EdgeConfig {
  /** Addresses and CIDR ranges. */
  abstract readonly trustedProxies: readonly string[];
  abstract readonly headersTimeoutMs: number;
  abstract readonly requestTimeoutMs: number;
  abstract readonly connectionTimeoutMs: number;
  abstract readonly keepAliveTimeoutMs: number;
  /** 0 for no bound. */
  abstract readonly maxConnections: number;
  /** Per client address and minute; 0 = unlimited. */
  abstract readonly missesPerMinute: number;
  /** The origins whose pages may use the service from a browser. */
  abstract readonly corsOrigins: Origins;
}

export const edgeSlice = slice(EdgeConfig, edgeVariables, (values) => ({
  trustedProxies: values.TRUST_PROXY,
  headersTimeoutMs: values.HTTP_HEADERS_TIMEOUT,
  requestTimeoutMs: values.HTTP_REQUEST_TIMEOUT,
  connectionTimeoutMs: values.HTTP_CONNECTION_TIMEOUT,
  keepAliveTimeoutMs: values.HTTP_KEEP_ALIVE_TIMEOUT,
  maxConnections: values.HTTP_MAX_CONNECTIONS,
  missesPerMinute: values.RATE_LIMIT_MISSES,
  corsOrigins: values.CORS_ORIGINS,
}));
