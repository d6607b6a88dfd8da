import { problemType } from './catalogue.js';
import type { FieldError, ProblemError } from './problem-error.js';

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
