import { ProblemError } from '#libs/errors';

const RETRY_AFTER_SECONDS = 2;

/** What a client is told where Postgres can not answer now. */
export function databaseUnavailable(cause: unknown): ProblemError {
  return new ProblemError('ORIGIN_UNAVAILABLE', {
    detail: 'The catalogue can not be read right now and no cache has this answer. Try again shortly.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}
