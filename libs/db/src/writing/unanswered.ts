import { type Client, DatabaseError } from 'pg';
import { ProblemError } from '#libs/errors';

export type Connection = Pick<Client, 'end'>;

/** Whether a statement ended without a word from Postgres: the connection broke, or was silent for too long. */
export function isUnanswered(error: unknown): boolean {
  const cause = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return !(cause instanceof ProblemError || cause instanceof DatabaseError);
}

/**
 * Closes the connection of a transaction. The pool would hand it to the next one otherwise, while the statement that was
 * given up still runs on it: a commit is bounded by no timeout of Postgres, since that ends where the commit begins.
 */
export function closeConnection(connection: Connection | undefined): void {
  // Not waited for: a connection that is silent does not say goodbye either.
  void connection?.end().catch(() => undefined);
}
