import type { DatabaseConfig } from '#libs/config';
import { closeSession, openSession } from './session-client.js';

export const FLUSH = `
  INSERT INTO outbox_state AS state (flushes) VALUES (1)
  ON CONFLICT (is_only_row) DO UPDATE SET flushes = state.flushes + 1`;

/**
 * Has every process over a database empty its caches, and Redis emptied of their entries. They detect it at their next check,
 * at the database, or when they reach it again; so it is not lost on one that cannot be reached now.
 *
 * @throws if Postgres cannot be written to
 */
export async function flushCaches(config: DatabaseConfig): Promise<void> {
  const client = await openSession(config, 'hotshelf-flush');
  try {
    await client.query(FLUSH);
    await client.query('NOTIFY hotshelf_outbox');
  } finally {
    await closeSession(client);
  }
}
