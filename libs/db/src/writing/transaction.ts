import type { LentConnection } from '../pool/lent-connection.js';
import { LIMIT_LOCK_WAIT } from './contention.js';
import type { Fate } from './write-unavailable.js';
import type { Change, Sql, Written } from './written.js';

const CHANGES_OF_THIS_TRANSACTION = `
  SELECT key, version FROM outbox WHERE transaction = pg_current_xact_id_if_assigned()`;

/** How far a transaction has come, for whoever has to tell what became of it. */
export interface Progress {
  fate: Fate;
}

/**
 * Runs statements as one transaction and commits it, or rolls it back where anything fails.
 *
 * @param signal once it has aborted nothing is sent any more but the end of it
 * @param progress kept up to date while it runs
 * @throws what `work` throws; the driver's and the server's own errors
 */
export async function commit<T>(
  connection: LentConnection,
  work: (sql: Sql) => Promise<T>,
  signal: AbortSignal,
  progress: Progress,
): Promise<Written<T>> {
  const sql: Sql = async (text, parameters) => {
    // Whoever waited has been told by now that it failed: it must not be committed behind their back.
    signal.throwIfAborted();
    return connection.query(text, parameters);
  };
  try {
    await sql('BEGIN');
    await sql(LIMIT_LOCK_WAIT);
    const value = await work(sql);
    const changes = await sql<{ key: string; version: string }>(CHANGES_OF_THIS_TRANSACTION);
    signal.throwIfAborted();
    progress.fate = 'unknown';
    await connection.query('COMMIT');
    return { value, changes: changes.map(toChange) };
  } catch (error) {
    // Behind a statement that was given up nothing is heard: the connection is closed, which ends the transaction too.
    if (!connection.isBroken) await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** bigint arrives as text: the driver will not lose digits on its own. */
function toChange({ key, version }: { readonly key: string; readonly version: string }): Change {
  return { key, version: Number(version) };
}
