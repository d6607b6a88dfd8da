import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';

/**
 * A connection of its own, beside the pool: for what is bound to a session, or must not wait behind the requests.
 *
 * @param name told to Postgres
 * @throws where Postgres can not be reached
 */
export async function openSession(config: DatabaseConfig, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: config.url,
    application_name: name,
    connectionTimeoutMillis: config.connectTimeoutMs,
    query_timeout: config.loadTimeoutMs,
    statement_timeout: config.loadTimeoutMs,
    keepAlive: true,
  });
  // A lost connection fails the next statement, and whoever sent that knows what to do; unheard, it ends the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
