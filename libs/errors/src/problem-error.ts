import { PROBLEMS, type ProblemCode, type ProblemDefinition, problemType } from './catalogue.js';

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
