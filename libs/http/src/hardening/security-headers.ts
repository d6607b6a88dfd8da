import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

/** Names in lower case, and values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** What helmet sets, for whoever sends an answer: by a hook, ahead of the hooks, or onto a bare socket. */
export interface SecurityHeaders {
  /** Of every answer but those pages: the list that holds for documents that nobody renders. */
  readonly api: HeaderList;
  /** Of the API's own pages (`/docs`), which load their scripts and styles from here. */
  readonly pages: HeaderList;
}

const YEAR_SECONDS = 31_536_000;

/**
 * What means something for JSON. Left out is what steers documents, windows, downloads and plug-ins: bytes in every
 * answer that no client reads.
 */
const API: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  // For this host alone: a service can not promise TLS for its neighbours.
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

let learnt: Promise<SecurityHeaders> | undefined;

/**
 * Asks helmet, once a process: as a plugin it would make up the same headers again for every answer, and could
 * not be asked by what answers without Fastify.
 */
export function learnSecurityHeaders(): Promise<SecurityHeaders> {
  learnt ??= Promise.all([headersSetBy(API), headersSetBy(PAGES)]).then(([api, pages]) => ({ api, pages }));
  return learnt;
}

async function headersSetBy(options: FastifyHelmetOptions): Promise<HeaderList> {
  const throwaway = fastify();
  await throwaway.register(helmet, options);
  // Before the handler has answered, nobody but helmet has set any.
  throwaway.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const answer = await throwaway.inject('/');
  await throwaway.close();
  return Object.entries(answer.json<Record<string, string>>());
}
