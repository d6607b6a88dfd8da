import { ProblemError } from '#libs/errors';

/** `unknown`: the connection or the time ran out during the commit, and whether it was carried out nobody here knows. */
export type Fate = 'not-made' | 'unknown';

const RETRY_AFTER_SECONDS = 2;

const DETAIL: Record<Fate, string> = {
  'not-made': 'The change was not made, since the catalogue can not be changed right now. Try again shortly.',
  unknown:
    'The change may have been made or not: the answer to its commit was lost. Try again with the same Idempotency-Key or If-Match, which makes that safe.',
};

/** What a client is told where Postgres can not make a change now. */
export function writeUnavailable(fate: Fate, cause: unknown): ProblemError {
  return new ProblemError('WRITE_UNAVAILABLE', {
    detail: DETAIL[fate],
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}
