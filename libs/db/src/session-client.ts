import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { cutOff } from '#libs/internals';
import { postgresSocket, readCommitted } from './wire.js';

/** Ends a session that is no longer of use; see Primary. */
interface SessionOwner {
  adopt(session: pg.Client): pg.Client;
}

const GOODBYE_MS = 500;
const SILENCE_MS = 500;

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
  const client = new pg.Client({
    connectionString: config.directUrl,
    application_name: name,
    stream: postgresSocket,
    connectionTimeoutMillis: config.connectTimeoutMs,
    // Postgres ends a statement first and says so; the driver gives up on one that is silent.
    statement_timeout: config.loadTimeoutMs,
    query_timeout: config.loadTimeoutMs + SILENCE_MS,
    keepAlive: true,
  });
  // A lost connection fails the next statement, and its caller handles that; without a listener the error ends the process.
  client.on('error', () => undefined);
  await client.connect();
  await readCommitted(client);
  return primary?.adopt(client) ?? client;
}

/**
 * A session that reads the outbox. Statistics of the outbox are of another time: they were taken before a bulk change, or
 * after it and before it was pruned. A plan that rests on them may read the whole table for one row, several times a second, so
 * each walks the index (see `rowsInRange`).
 *
 * @throws if Postgres cannot be reached
 */
export async function openOutboxSession(
  config: DatabaseConfig,
  name: string,
  primary?: SessionOwner,
): Promise<pg.Client> {
  const client = await openSession(config, name, primary);
  await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
  return client;
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
