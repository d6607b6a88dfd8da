/** One documented kind of problem; `slug` ends its stable `type` (RFC 9457 §3.1.1). */
export interface ProblemDefinition {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
}

/** The problems of every service that uses this lib. A code, once published, keeps its slug and status: clients branch on them. */
const PLATFORM_PROBLEMS = {
  REQUEST_INVALID: { status: 400, slug: 'request-invalid', title: 'Invalid request' },
  UNAUTHENTICATED: { status: 401, slug: 'unauthenticated', title: 'A valid API key is required' },
  WRITES_DISABLED: {
    status: 403,
    slug: 'writes-disabled',
    title: 'Writes are disabled: no API key is configured',
  },
  FORBIDDEN: { status: 403, slug: 'forbidden', title: 'Not allowed' },
  ROUTE_NOT_FOUND: { status: 404, slug: 'route-not-found', title: 'Route not found' },
  NOT_FOUND: { status: 404, slug: 'not-found', title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, slug: 'method-not-allowed', title: 'Method not allowed' },
  NOT_ACCEPTABLE: {
    status: 406,
    slug: 'not-acceptable',
    title: 'Not acceptable: no representation matches the request',
  },
  REQUEST_TIMEOUT: { status: 408, slug: 'request-timeout', title: 'Request timeout' },
  CONFLICT: { status: 409, slug: 'conflict', title: 'The request conflicts with the current state' },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    slug: 'idempotency-in-progress',
    title: 'The first request with this idempotency key is still in progress',
  },
  GONE: { status: 410, slug: 'gone', title: 'Gone' },
  CHANGES_EXPIRED: {
    status: 410,
    slug: 'changes-expired',
    title: 'The changes after this cursor are no longer available',
  },
  PRECONDITION_FAILED: {
    status: 412,
    slug: 'precondition-failed',
    title: 'The resource has changed since it was read',
  },
  BODY_TOO_LARGE: { status: 413, slug: 'body-too-large', title: 'Body too large' },
  URI_TOO_LONG: { status: 414, slug: 'uri-too-long', title: 'URI too long' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, slug: 'media-type-unsupported', title: 'Unsupported media type' },
  RATE_LIMITED: { status: 429, slug: 'rate-limited', title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, slug: 'headers-too-large', title: 'Headers too large' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    slug: 'idempotency-key-reused',
    title: 'The idempotency key was used for another request',
  },
  UNPROCESSABLE: { status: 422, slug: 'unprocessable', title: 'The request cannot be processed' },
  PRECONDITION_REQUIRED: { status: 428, slug: 'precondition-required', title: 'If-Match is required' },
  REQUEST_REFUSED: { status: 400, slug: 'request-refused', title: 'The request was refused' },
  INTERNAL: { status: 500, slug: 'internal', title: 'Internal error' },
  NOT_IMPLEMENTED: { status: 501, slug: 'not-implemented', title: 'Not implemented' },
  UPSTREAM_FAILED: { status: 502, slug: 'upstream-failed', title: 'An upstream service failed' },
  ORIGIN_UNAVAILABLE: {
    status: 503,
    slug: 'origin-unavailable',
    title: 'The catalogue cannot be read at the moment',
  },
  WRITE_UNAVAILABLE: {
    status: 503,
    slug: 'write-unavailable',
    title: 'The catalogue cannot be changed at the moment',
  },
  METRICS_UNAVAILABLE: {
    status: 503,
    slug: 'metrics-unavailable',
    title: 'The metrics cannot be collected at the moment',
  },
  UNAVAILABLE: { status: 503, slug: 'unavailable', title: 'Temporarily unavailable' },
  OVERLOADED: { status: 503, slug: 'overloaded', title: 'The service is overloaded' },
  UPSTREAM_TIMEOUT: {
    status: 504,
    slug: 'upstream-timeout',
    title: 'An upstream service did not respond in time',
  },
} as const satisfies Record<string, ProblemDefinition>;

declare global {
  /** An application declares the codes of its own problems here, beside the call of `registerProblems`. */
  interface ApplicationProblems {}
}

export type ProblemCode = keyof typeof PLATFORM_PROBLEMS | keyof ApplicationProblems;

/** Every problem that a client can meet: those of this lib, and those that the application has registered. */
export const PROBLEMS = { ...PLATFORM_PROBLEMS } as Record<string, ProblemDefinition> as Readonly<
  Record<ProblemCode, ProblemDefinition>
>;

/**
 * Adds an application's own problems. To be called before a route names one of them.
 *
 * @throws TypeError if a code or a slug stands for another problem already
 */
export function registerProblems(problems: Readonly<Record<string, ProblemDefinition>>): void {
  const known = PROBLEMS as Record<string, ProblemDefinition>;
  for (const [code, definition] of Object.entries(problems)) {
    const isTaken = Object.entries(known).some(
      ([other, { slug }]) => (other === code || slug === definition.slug) && known[other] !== definition,
    );
    if (isTaken) throw new TypeError(`the problem ${code} (${definition.slug}) is registered already`);
    known[code] = definition;
  }
}

/** The stable `type` of a problem, a URN since the catalogue is not bound to any host. */
export function problemType(code: ProblemCode): string {
  return `urn:hotshelf:problem:${PROBLEMS[code].slug}`;
}

/** One broken rule of one field of the request. */
export interface FieldError {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** A sentence for this occurrence, safe to show to any client. */
  readonly detail: string;
  /** For a code that stands for several of them, such as `REQUEST_REFUSED`. Default: the code's. */
  readonly status?: number;
  readonly errors?: readonly FieldError[];
  /** Sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** More headers that belong to the problem, such as `allow`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The cause; logged, never sent. */
  readonly cause?: unknown;
}

/** An outcome that ends a request with a problem of the catalogue. Thrown by the business code, answered by libs/http. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly errors: readonly FieldError[];
  private readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    options: ProblemOptions,
  ) {
    super(options.detail, { cause: options.cause });
    this.status = options.status;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }

  get definition(): ProblemDefinition {
    const definition = PROBLEMS[this.code];
    return this.status === undefined ? definition : { ...definition, status: this.status };
  }
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The members of a problem document (RFC 9457 §3), with `code`, `request_id` and `errors` as extensions. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
}

/**
 * @param problem the error
 * @param requestId the id by which an operator finds the request's log lines
 */
export function toProblemBody(problem: ProblemError, requestId: string): ProblemBody {
  return {
    type: problemType(problem.code),
    title: problem.definition.title,
    status: problem.definition.status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
  };
}
