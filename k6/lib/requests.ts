import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { requestIds } from './ids.ts';

const nextRequestId = requestIds(Math.random);
/** The service answers within 2.1 s or refuses; what takes longer is a failure. */
const TIMEOUT = '10s';

/** The tags by which thresholds and the summary distinguish requests. */
export const KINDS = ['product', 'list', 'health', 'metrics', 'write', 'problem'] as const;
export type Kind = (typeof KINDS)[number];

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** Template of the route, by which requests are counted: by URL, every product would be a series of its own. */
  readonly route: string;
  /** `setup` is not measured. */
  readonly kind: Kind | 'setup';
  /** Statuses that are right here, and no failure in k6's own count. */
  readonly statuses: readonly number[];
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request and its answer. */
export interface Exchange {
  /** The id that the answer must carry. */
  readonly requestId: string;
  readonly response: RefinedResponse<'text'>;
  /** Milliseconds that the generator itself spent on the request, waiting for a processor included. */
  readonly generatorMs: number;
}

export function ask({ method, url, route, kind, statuses, body, headers }: Question): Exchange {
  const requestId = nextRequestId();
  const payload = body === undefined ? null : JSON.stringify(body);
  const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const startedAt = Date.now();
  const response = http.request(method, url, payload, {
    headers: { ...type, ...headers, 'X-Request-ID': requestId },
    tags: { name: route, kind },
    responseCallback: http.expectedStatuses(...statuses),
    responseType: 'text',
    timeout: TIMEOUT,
    redirects: 0,
  });
  const { duration, blocked, connecting, tls_handshaking: handshake } = response.timings;
  const waited = duration + Math.max(blocked, connecting) + handshake;
  return { requestId, response, generatorMs: Math.max(0, Date.now() - startedAt - waited) };
}

/** Whether the answer came over a new connection: it may lead to another process than the one before. */
export function isNewConnection({ response }: Exchange): boolean {
  return response.timings.connecting > 0;
}

/** Number of the virtual user, from 0. */
export function userNumber(): number {
  return exec.vu.idInTest - 1;
}
