import { durationMs } from '../values/duration.js';
import { proxyList } from '../values/proxy-list.js';
import { wholeNumber } from '../values/whole-number.js';
import { type ValuesOf, variable } from '../variable.js';

export const edgeVariables = {
  TRUST_PROXY: variable({
    schema: proxyList(),
    rule: 'IP addresses and CIDR ranges with commas between, or empty',
    fallback: '',
    about: 'The proxies whose `X-Forwarded-For` tells the client; from anyone else it is ignored.',
  }),
  HTTP_HEADERS_TIMEOUT: variable({
    schema: durationMs(100, 60_000),
    rule: 'a duration from 100ms to 1m, no longer than HTTP_REQUEST_TIMEOUT',
    fallback: '5s',
    about: 'How long the headers of a request may take to arrive.',
  }),
  HTTP_REQUEST_TIMEOUT: variable({
    schema: durationMs(100, 300_000),
    rule: 'a duration from 100ms to 5m',
    fallback: '10s',
    about: 'How long a whole request may take to arrive.',
  }),
  HTTP_CONNECTION_TIMEOUT: variable({
    schema: durationMs(1_000, 3_600_000),
    rule: 'a duration from 1s to 1h',
    fallback: '30s',
    about: 'How long nothing may move on a connection in the midst of a request or an answer.',
  }),
  HTTP_KEEP_ALIVE_TIMEOUT: variable({
    schema: durationMs(100, 3_600_000),
    rule: 'a duration from 100ms to 1h',
    fallback: '65s',
    about: "How long a connection is kept for the next request; longer than a balancer's own idle timeout.",
  }),
  HTTP_MAX_CONNECTIONS: variable({
    schema: wholeNumber(0, 1_000_000),
    rule: 'a whole number from 0 to 1000000',
    fallback: '0',
    about: 'Connections that a process holds at once; what comes on top is closed. 0 for no bound.',
  }),
};

/** What the HTTP server bears from its clients. */
export abstract class EdgeConfig {
  /** Addresses and CIDR ranges. */
  abstract readonly trustedProxies: readonly string[];
  abstract readonly headersTimeoutMs: number;
  abstract readonly requestTimeoutMs: number;
  abstract readonly connectionTimeoutMs: number;
  abstract readonly keepAliveTimeoutMs: number;
  /** 0 for no bound. */
  abstract readonly maxConnections: number;
}

export function edgeConfig(values: ValuesOf<typeof edgeVariables>): EdgeConfig {
  return {
    trustedProxies: values.TRUST_PROXY,
    headersTimeoutMs: values.HTTP_HEADERS_TIMEOUT,
    requestTimeoutMs: values.HTTP_REQUEST_TIMEOUT,
    connectionTimeoutMs: values.HTTP_CONNECTION_TIMEOUT,
    keepAliveTimeoutMs: values.HTTP_KEEP_ALIVE_TIMEOUT,
    maxConnections: values.HTTP_MAX_CONNECTIONS,
  };
}
