/** One documented kind of problem; `slug` ends its stable `type` (RFC 9457 §3.1.1). */
export interface ProblemDefinition {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
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
  },
  UNAUTHENTICATED: {
    status: 401,
    slug: 'unauthenticated',
    title: 'A valid key is needed',
  },
  WRITES_DISABLED: {
    status: 403,
    slug: 'writes-disabled',
    title: 'Nobody may write here',
  },
  PRODUCT_NOT_FOUND: {
    status: 404,
    slug: 'product-not-found',
    title: 'There is no such product',
  },
  CATEGORY_NOT_FOUND: {
    status: 404,
    slug: 'category-not-found',
    title: 'There is no such category',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    slug: 'route-not-found',
    title: 'There is nothing at this address',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    slug: 'method-not-allowed',
    title: 'The address does not take this method',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    slug: 'request-timeout',
    title: 'The request came too slowly',
  },
  PRODUCT_EXISTS: {
    status: 409,
    slug: 'product-exists',
    title: 'There is such a product already',
  },
  STOCK_INSUFFICIENT: {
    status: 409,
    slug: 'stock-insufficient',
    title: 'There is not enough in stock',
  },
  STOCK_LIMIT: {
    status: 409,
    slug: 'stock-limit',
    title: 'More can not be kept in stock',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    slug: 'idempotency-in-progress',
    title: 'The first request with this key is still being answered',
  },
  PRECONDITION_FAILED: {
    status: 412,
    slug: 'precondition-failed',
    title: 'The product is another than the one that was expected',
  },
  BODY_TOO_LARGE: {
    status: 413,
    slug: 'body-too-large',
    title: 'The body is too large',
  },
  URI_TOO_LONG: {
    status: 414,
    slug: 'uri-too-long',
    title: 'The address is too long',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    slug: 'media-type-unsupported',
    title: 'The body is not of a supported media type',
  },
  RATE_LIMITED: {
    status: 429,
    slug: 'rate-limited',
    title: 'Too many requests',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    slug: 'headers-too-large',
    title: 'The headers are too large',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    slug: 'idempotency-key-reused',
    title: 'The key belongs to another request',
  },
  PRECONDITION_REQUIRED: {
    status: 428,
    slug: 'precondition-required',
    title: 'The request has to say which state it changes',
  },
  INTERNAL: {
    status: 500,
    slug: 'internal',
    title: 'The service failed to answer',
  },
  ORIGIN_UNAVAILABLE: {
    status: 503,
    slug: 'origin-unavailable',
    title: 'The catalogue can not be read right now',
  },
  WRITE_UNAVAILABLE: {
    status: 503,
    slug: 'write-unavailable',
    title: 'The catalogue can not be changed right now',
  },
  METRICS_UNAVAILABLE: {
    status: 503,
    slug: 'metrics-unavailable',
    title: 'The metrics can not be collected right now',
  },
  OVERLOADED: {
    status: 503,
    slug: 'overloaded',
    title: 'There is too much to do right now',
  },
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The stable `type` of a problem, a URN since the catalogue is not bound to any host. */
export function problemType(code: ProblemCode): string {
  return `urn:hotshelf:problem:${PROBLEMS[code].slug}`;
}
