/** What a client may do about a problem: nothing but change the request, or simply send it again later. */
export type Remedy = 'change-request' | 'retry-later' | 'report';

/** One documented kind of problem; `slug` ends its stable `type` (RFC 9457 §3.1.1). */
export interface ProblemDefinition {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
  readonly remedy: Remedy;
}

/**
 * Every problem that a client can meet. docs/errors.md has a section for each, held against this object by a test.
 * A code, once published, keeps its slug and status: clients branch on them.
 */
export const PROBLEMS = {
  REQUEST_INVALID: {
    status: 400,
    slug: 'request-invalid',
    title: 'The request is not valid',
    remedy: 'change-request',
  },
  PRODUCT_NOT_FOUND: {
    status: 404,
    slug: 'product-not-found',
    title: 'There is no such product',
    remedy: 'change-request',
  },
  CATEGORY_NOT_FOUND: {
    status: 404,
    slug: 'category-not-found',
    title: 'There is no such category',
    remedy: 'change-request',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    slug: 'route-not-found',
    title: 'There is nothing at this address',
    remedy: 'change-request',
  },
  BODY_TOO_LARGE: {
    status: 413,
    slug: 'body-too-large',
    title: 'The body is too large',
    remedy: 'change-request',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    slug: 'media-type-unsupported',
    title: 'The body is not of a supported media type',
    remedy: 'change-request',
  },
  INTERNAL: {
    status: 500,
    slug: 'internal',
    title: 'The service failed to answer',
    remedy: 'report',
  },
  ORIGIN_UNAVAILABLE: {
    status: 503,
    slug: 'origin-unavailable',
    title: 'The catalogue can not be read right now',
    remedy: 'retry-later',
  },
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The stable `type` of a problem, a URN since the catalogue is not bound to any host. */
export function problemType(code: ProblemCode): string {
  return `urn:hotshelf:problem:${PROBLEMS[code].slug}`;
}
