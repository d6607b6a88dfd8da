import type pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { DatabaseConfig } from '#libs/config';
import { postgresSocket } from './postgres-socket.js';

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

/**
 * The share of its time that a statement waits for a lock, so that it ends as a wait for a lock and not as one for Postgres: a
 * session that holds a row for long says nothing about the server, and must not open the breaker for the readers.
 */
const LOCK_WAIT_SHARE = 0.75;

/**
 * The pool that serves requests. Two clocks bound a statement: Postgres cancels it at the load timeout, so that
 * it really ends; the driver gives up a little later, which only happens when the network went silent.
 */
export function serviceDataSource(config: DatabaseConfig): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.url,
    applicationName: 'hotshelf',
    poolSize: config.poolSize,
    connectTimeoutMS: config.connectTimeoutMs,
    extra: {
      statement_timeout: config.loadTimeoutMs,
      lock_timeout: Math.floor(config.loadTimeoutMs * LOCK_WAIT_SHARE),
      query_timeout: config.loadTimeoutMs + 500,
      keepAlive: true,
      stream: postgresSocket,
      onConnect: readCommitted,
      // Not closed though they are idle; see PoolKeeper.
      min: readyConnections(config),
    },
  };
}

/** How many connections are kept open: one for each slot for loads, at most the size of the pool. */
export function readyConnections({ loadConcurrency, poolSize }: DatabaseConfig): number {
  return Math.min(loadConcurrency, poolSize);
}

/** Other applications call theirs `migrations`. */
export const MIGRATIONS_TABLE = 'hotshelf_migrations';

/**
 * One connection without a statement timeout: building an index may take as long as it takes.
 *
 * @param lockWaitMs how long a statement waits for a lock, in milliseconds; 0 for as long as it takes
 */
export function migrationDataSource(config: DatabaseConfig, lockWaitMs: number): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.directUrl,
    applicationName: 'hotshelf-migrate',
    poolSize: 1,
    connectTimeoutMS: config.connectTimeoutMs,
    extra: { lock_timeout: lockWaitMs },
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
  };
}
