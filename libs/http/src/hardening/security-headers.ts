import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

/** Names in lower case, and values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The headers that helmet sets, for all senders of answers: a hook, the fast path, a bare socket. */
export interface SecurityHeaders {
  /** Of every answer but those pages: for documents that no browser renders. */
  readonly api: HeaderList;
  /** Of the API's own pages (`/docs`), which load their scripts and styles from here. */
  readonly pages: HeaderList;
}

const YEAR_SECONDS = 31_536_000;

/**
 * Headers that matter for JSON. Headers for documents, windows, downloads and plug-ins are left out: bytes in every
 * answer that no client reads.
 */
const API: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  // For this host alone: a service cannot promise TLS for its neighbours.
  strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: false },
  xContentTypeOptions: true,
  xFrameOptions: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** The page of the OpenAPI document styles itself inline and draws its icons from data addresses. */
const PAGES: FastifyHelmetOptions = {
  ...API,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

let computed: Promise<SecurityHeaders> | undefined;

/**
 * Runs helmet once per process: as a plugin it would compute the same headers for every answer, and code that answers
 * without Fastify could not call it.
 */
export function learnSecurityHeaders(): Promise<SecurityHeaders> {
  computed ??= Promise.all([headersSetBy(API), headersSetBy(PAGES)]).then(([api, pages]) => ({ api, pages }));
  return computed;
}

async function headersSetBy(options: FastifyHelmetOptions): Promise<HeaderList> {
  const throwaway = fastify();
  await throwaway.register(helmet, options);
  // Before the handler has answered, only helmet has set headers.
  throwaway.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const answer = await throwaway.inject('/');
  await throwaway.close();
  return Object.entries(answer.json<Record<string, string>>());
}
