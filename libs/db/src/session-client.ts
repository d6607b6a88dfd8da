import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { cutOff } from '#libs/internals';
import type { PreparedStatement } from './lent-connection.js';
import { readCommitted } from './pool.js';
import { postgresSocket } from './postgres-socket.js';
import type { Primary } from './primary.js';

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
  primary?: Primary,
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
  primary?: Primary,
): Promise<pg.Client> {
  const client = await openSession(config, name, primary);
  await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
  return client;
}

/** The statement as a session sends it: without its name if prepared statements are switched off. */
export function repeated(
  { preparedStatements }: DatabaseConfig,
  { name, text }: PreparedStatement,
): { readonly name?: string; readonly text: string } {
  return preparedStatements ? { name, text } : { text };
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
