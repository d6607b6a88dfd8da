import { hash } from 'node:crypto';
import { Socket } from 'node:net';
import type pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { NameLookup, sqlStateOf } from '#libs/resilience';

/**
 * Of Node's sockets, of the driver, and of Postgres when it ends a session (57P01 terminated, 57P02 crashed, 08003 and
 * 08006 no connection; PostgreSQL, appendix A).
 */
const CODES = new Set(['ECONNRESET', 'EPIPE', '57P01', '57P02', '08003', '08006']);
const MESSAGES = /^Connection terminated(?: unexpectedly)?$|^Client has encountered a connection error/;

/** Whether a connection that stood broke, so that the same statement may succeed on another one at once. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && CODES.has(String(error.code))) || MESSAGES.test(error.message);
}

/** Whether an error came from Postgres itself, over a connection that is sound. */
export function isFromServer(error: unknown): boolean {
  return sqlStateOf(error) !== undefined && !isConnectionLost(error);
}

/** One for the process, whose threads it bounds the use of. */
const names = new NameLookup();

/** The socket of a connection to Postgres, for the driver's option `stream`: its name is looked up beside that of Redis. */
export function postgresSocket(): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, {
    /** As the driver calls it: with a port and a host, or with the path of a Unix socket. */
    connect: (where: number | string, host?: string) =>
      typeof where === 'string' ? connect(where) : connect({ port: where, host, lookup: names.lookup }),
  });
}

/** Written where it has to be: behind a pooler a session may be another one's afterwards. */
const READ_COMMITTED = `
  SELECT set_config('default_transaction_isolation', 'read committed', false)
  WHERE current_setting('default_transaction_isolation') <> 'read committed'`;

/**
 * Gives the statements of a new connection the isolation that they are written for. A database or a role may have a
 * stricter default, under which a single statement can fail because it met another one.
 */
export async function readCommitted(connection: Pick<pg.ClientBase, 'query'>): Promise<void> {
  await connection.query(READ_COMMITTED);
}

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

/** The statement as a session sends it: without its name if prepared statements are switched off. */
export function repeated(
  { preparedStatements }: DatabaseConfig,
  { name, text }: PreparedStatement,
): { readonly name?: string; readonly text: string } {
  return preparedStatements ? { name, text } : { text };
}
