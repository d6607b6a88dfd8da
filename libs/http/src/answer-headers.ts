import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Origins } from '#libs/config';
import { type RequestContext, requestFieldsOf } from '#libs/logging';

/** Names in lower case, and values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** For all senders of answers: a hook, the fast path, a bare socket. */
export interface SecurityHeaders {
  /** Of every answer but those pages: for documents that no browser renders. */
  readonly api: HeaderList;
  /** Of the API's own pages (`/docs`), which load their scripts and styles from here. */
  readonly pages: HeaderList;
}

/**
 * Headers that matter for JSON. Headers for documents, windows, downloads and plug-ins are left out: bytes in every
 * answer that no client reads. HSTS is for this host alone: a service cannot promise TLS for its neighbours.
 */
const BESIDE_THE_POLICY: HeaderList = [
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

/** The page of the OpenAPI document styles itself inline and draws its icons from data addresses. */
const PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** As helmet writes them; a test compares. Its plugin would compute the same for every answer, and needs Fastify. */
export const SECURITY_HEADERS: SecurityHeaders = {
  api: [['content-security-policy', "default-src 'none';frame-ancestors 'none'"], ...BESIDE_THE_POLICY],
  pages: [['content-security-policy', PAGES.join(';')], ...BESIDE_THE_POLICY],
};

/**
 * Headers that every answer carries, on every path, directly after its request id. They are lower-case and in
 * the order in which they are sent.
 */
export class ConstantHeaders {
  constructor(readonly list: readonly (readonly [name: string, value: string])[] = []) {}
}

/** The headers of an answer for pages of one origin, ready for every path that sends it. */
export interface OriginHeaders {
  /** Alternating names and values. */
  readonly list: readonly string[];
  /** The same as lines of a head. */
  readonly lines: string;
}

/** Nothing: the answer is for pages of the service's own origin. */
export const NO_ORIGIN: OriginHeaders = { list: [], lines: '' };

const ALLOW_ORIGIN = 'access-control-allow-origin';

/** Headers that scripts of another origin may read beside those that browsers always show (Fetch §3.3.3). */
const EXPOSED = [
  'access-control-expose-headers',
  'ETag, Link, Location, Retry-After, X-Request-ID, Cache-Status, Age, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset',
] as const;

/** Chromium remembers a preflight for no longer. */
const PREFLIGHT_SECONDS = 7_200;

/** The same for every address: a page that asks for an unknown address then gets a problem that it can read. */
const PREFLIGHT: HeaderList = [
  ['access-control-allow-methods', 'DELETE, GET, HEAD, PATCH, POST, PUT'],
  [
    'access-control-allow-headers',
    'Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID, traceparent',
  ],
  ['access-control-max-age', String(PREFLIGHT_SECONDS)],
];

/**
 * Which pages of other origins may read answers (CORS, Fetch §3.3). For every origin it is the same constant text. For
 * listed origins the text is built once each, and found by the `Origin` of a request. Without origins nothing is added,
 * and nothing is looked up.
 *
 * No answer depends on a cookie, so `Access-Control-Allow-Credentials` is never sent: a page sends its key itself.
 */
export class CrossOrigin {
  private readonly ofOrigin: ReadonlyMap<string, OriginHeaders>;

  /** @param origins default: none */
  constructor(private readonly origins: Origins = []) {
    const listed = origins === '*' ? [] : origins;
    this.ofOrigin = new Map(listed.map((origin) => [origin, headersFor(origin)]));
  }

  /** The headers of all answers. The API's own pages stay closed to other origins. */
  over({ api, pages }: SecurityHeaders): SecurityHeaders {
    return { api: this.origins.length === 0 ? api : this.opened(api), pages };
  }

  /** The further headers of an answer. @param origin the request's `Origin` */
  of(origin: string | undefined): OriginHeaders {
    if (origin === undefined || this.ofOrigin.size === 0) return NO_ORIGIN;
    return this.ofOrigin.get(origin) ?? NO_ORIGIN;
  }

  addTo(reply: FastifyReply, origin: string | undefined): void {
    const { list } = this.of(origin);
    for (let at = 0; at < list.length; at += 2) reply.header(list[at] ?? '', list[at + 1]);
  }

  /** The answer to a preflight of a browser; null for any other request. */
  preflight({ method, headers }: IncomingMessage): HeaderList | null {
    const { origin } = headers;
    if (method !== 'OPTIONS' || origin === undefined) return null;
    if (headers['access-control-request-method'] === undefined) return null;
    return this.origins === '*' || this.ofOrigin.has(origin) ? PREFLIGHT : null;
  }

  private opened(api: HeaderList): HeaderList {
    // For resources that are embedded without CORS: browsers would block them on the allowed pages.
    const opened = api.map(([name, value]) =>
      name === 'cross-origin-resource-policy' ? ([name, 'cross-origin'] as const) : ([name, value] as const),
    );
    // A shared cache must not give one origin the answer for another.
    const more =
      this.origins === '*' ? [[ALLOW_ORIGIN, '*'] as const, EXPOSED] : [['vary', 'Origin'] as const];
    return [...opened, ...more];
  }
}

function headersFor(origin: string): OriginHeaders {
  const headers = [[ALLOW_ORIGIN, origin] as const, EXPOSED];
  return {
    list: headers.flat(),
    lines: headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
  };
}

/** The trace that a request is part of, and how an answer names it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The header to pass on. */
  readonly traceparent: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** The one flag that this service's version of the standard defines: the caller records the trace. */
const SAMPLED = 0x01;

/**
 * Reads `traceparent` (W3C Trace Context §3.2). An invalid one is ignored, as the standard asks. Of a later version
 * only the known part is passed on, as this version (§3.2.4).
 */
export function traceContextOf(header: string | string[] | undefined): TraceContext | null {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(String(header ?? '')) ?? [];
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined)
    return null;
  if (version === 'ff' || ZEROS.test(traceId) || ZEROS.test(parentId)) return null;
  if (version === '00')
    return more === undefined ? { traceId, traceparent: `00-${traceId}-${parentId}-${flags}` } : null;
  const known = (Number.parseInt(flags, 16) & SAMPLED).toString(16).padStart(2, '0');
  return { traceId, traceparent: `00-${traceId}-${parentId}-${known}` };
}

/**
 * Gives every answer its id, its trace and the headers of all answers, and binds log lines to their request. To be called before any
 * route is added.
 */
export function addAnswerHeaders(
  fastify: FastifyInstance,
  { list }: ConstantHeaders,
  crossOrigin: CrossOrigin,
  context: RequestContext,
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const trace = traceContextOf(request.headers['traceparent']);
    reply.header('x-request-id', request.id);
    for (const [name, value] of list) reply.header(name, value);
    crossOrigin.addTo(reply, request.headers.origin);
    if (trace !== null) reply.header('traceparent', trace.traceparent);
    context.run(requestFieldsOf(request.id, trace?.traceId ?? null), done);
  });
}

/** Answers preflights of browsers, ahead of the router's own answer to `OPTIONS`. */
export function addPreflights(fastify: FastifyInstance, crossOrigin: CrossOrigin): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const headers = crossOrigin.preflight(request.raw);
    if (headers === null) return done();
    reply.code(204).headers(Object.fromEntries(headers)).send();
  });
}

const OWN_PAGES = /^\/docs(?:\/|$)/;

/** Gives the API's own pages their headers instead of those of all other answers. */
export function addPageHeaders(fastify: FastifyInstance, { pages }: SecurityHeaders): void {
  const ofPages = Object.fromEntries(pages);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (OWN_PAGES.test(request.routeOptions.url ?? '')) reply.headers(ofPages);
    done();
  });
}
