import { hash } from 'node:crypto';
import { sqlStateOf } from '#libs/resilience';

/** A statement that is sent over and over: each connection plans it once, under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * Its name follows from its text: behind a pooler a session may have been prepared by another release of the service, and a
 * name that means another text there would give another statement's rows.
 */
export function prepared(text: string): PreparedStatement {
  return { name: hash('sha256', text, 'base64url').slice(0, 22), text };
}

/**
 * SQLSTATEs (PostgreSQL, appendix A) that say that the server's side of a connection does not know a statement as the
 * driver does: 26000 and 42P05 behind a pooler that changes sessions between transactions, 0A000 after a migration that
 * changed the type of a column.
 */
const FORGOTTEN = new Set(['26000', '42P05', '0A000']);

export function isForgotten(error: unknown): boolean {
  return FORGOTTEN.has(sqlStateOf(error) ?? '');
}
