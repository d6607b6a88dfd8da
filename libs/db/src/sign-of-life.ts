import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';

/** One that takes longer is as good as none: it is asked for again soon. */
const PATIENCE_MS = 500;

/**
 * Connects, asks, and leaves.
 *
 * @throws where Postgres does not answer within half a second
 */
export async function askForSignOfLife(config: DatabaseConfig): Promise<void> {
  const client = new pg.Client({
    connectionString: config.url,
    application_name: 'hotshelf-probe',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    // Nobody waits for the goodbye: a silent peer confirms none.
    void client.end().catch(() => undefined);
  }
}
