import { hash } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { cutOff } from '#libs/internals';
import { NameLookup, sqlStateOf } from '#libs/resilience';
import { PatientClient } from './patient-client.js';

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

/** Ends a session that is no longer of use; see Primary. */
export interface SessionOwner {
  adopt(session: pg.Client): pg.Client;
}

const GOODBYE_MS = 500;
const SILENCE_MS = 500;

/**
 * Two clocks bound a statement: Postgres cancels it at the load timeout, so that it really ends; the client gives up a
 * little later, which only happens when the network went silent.
 */
export const statementBounds = ({ loadTimeoutMs }: DatabaseConfig) => ({
  statement_timeout: loadTimeoutMs,
  query_timeout: loadTimeoutMs + SILENCE_MS,
});

/**
 * A connection of its own, beside the pool: for what is bound to a session, or must not wait behind the requests.
 *
 * @param name shown by Postgres in `pg_stat_activity`
 * @param primary ends the session when the address leads to another server; default: it stays with its server
 * @throws if Postgres cannot be reached
 */
export async function openSession(
  config: DatabaseConfig,
  name: string,
  primary?: SessionOwner,
): Promise<pg.Client> {
  const client = new PatientClient({
    connectionString: config.directUrl,
    application_name: name,
    stream: postgresSocket,
    connectionTimeoutMillis: config.connectTimeoutMs,
    ...statementBounds(config),
    keepAlive: true,
  });
  // A lost connection fails the next statement, and its caller handles that; without a listener the error ends the process.
  client.on('error', () => undefined);
  await client.connect();
  await readCommitted(client);
  return primary?.adopt(client) ?? client;
}

/**
 * Says goodbye, and does not wait for long that it is confirmed: a peer that vanished confirms none, and would hold up the
 * end of the process.
 */
export async function closeSession(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => cutOff(client), GOODBYE_MS);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** One that takes longer is as good as none: it is asked for again soon. */
const PATIENCE_MS = 500;

/** What a server lets a session do. A standby and a demoted primary are `read-only`, as is one that is set so. */
export type ServerRole = 'read-write' | 'read-only';

/** Asks for a sign of life that costs no more than any other, and says which role the server has. */
export const ASK_ROLE = 'SHOW transaction_read_only';

export interface RoleRow {
  readonly transaction_read_only: string;
}

export function roleOf([row]: readonly RoleRow[]): ServerRole {
  return row?.transaction_read_only === 'on' ? 'read-only' : 'read-write';
}

/**
 * Connects to whatever server the address leads to now, asks, and leaves.
 *
 * @throws if Postgres does not answer within half a second
 */
export async function askForSignOfLife(config: DatabaseConfig): Promise<ServerRole> {
  const client = new pg.Client({
    connectionString: config.url,
    application_name: 'hotshelf-probe',
    stream: postgresSocket,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return roleOf((await client.query<RoleRow>(ASK_ROLE)).rows);
  } finally {
    // Not waited for: a silent peer confirms no goodbye.
    void client.end().catch(() => undefined);
  }
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
