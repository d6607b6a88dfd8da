import { ProblemError } from '#libs/errors';

const RETRY_AFTER_SECONDS = 1;

/** What a client is told whose answer would have come too late. */
export function overloaded(): ProblemError {
  return new ProblemError('OVERLOADED', {
    detail: 'No cache has this answer and it can not be had in time. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

export function isOverloaded(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'OVERLOADED';
}
