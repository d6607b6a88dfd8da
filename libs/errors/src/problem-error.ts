import { PROBLEMS, type ProblemCode, type ProblemDefinition } from './catalogue.js';

/** One broken rule of one field of the request. */
export interface FieldError {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** A sentence for this occurrence, safe to show to any client. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** Sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** More headers that belong to the problem, such as `allow`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What really happened; logged, never sent. */
  readonly cause?: unknown;
}

/** An outcome that ends a request with a problem of the catalogue. Thrown by the business code, answered by libs/http. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    options: ProblemOptions,
  ) {
    super(options.detail, { cause: options.cause });
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }

  get definition(): ProblemDefinition {
    return PROBLEMS[this.code];
  }
}
