import { z } from 'zod';
import { invalidFields, limitParameter, validate } from '#libs/http';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

const query = z.strictObject({
  since: z.string().optional(),
  limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT),
});

export interface ChangesQuery {
  /** A cursor, or `now`; null for everything that is there. */
  readonly since: string | null;
  readonly limit: number;
}

/** Reads the query of `GET /changes`. @throws ProblemError `REQUEST_INVALID` */
export function changesQuery(given: unknown): ChangesQuery {
  const { since = null, limit } = validate(query, given);
  return { since, limit };
}

export function notACursor(field: 'since' | 'Last-Event-ID'): Error {
  return invalidFields([
    { field, rule: 'cursor', message: 'must be the cursor of a page or the id of an event, or `now`' },
  ]);
}
