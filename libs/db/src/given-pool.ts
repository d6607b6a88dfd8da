import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** The pool of an application, which opens and closes it: its provider is of a global module. Null if it has none. */
export const POSTGRES_POOL = Symbol('POSTGRES_POOL');

/**
 * The pool of a data source, or the pool itself.
 *
 * @throws TypeError for a data source that is not initialized, or is of another database
 */
export function poolOf(given: pg.Pool | DataSource): pg.Pool {
  if (!('isInitialized' in given)) return given;
  if (!given.isInitialized || given.options.type !== 'postgres')
    throw new TypeError('the data source has to be one of postgres, and initialized before it is given');
  return (given.driver as PostgresDriver).master;
}

/** The address that a pool connects to; null if its options do not say it, or have more than fits into a URL. */
export function addressOf({ options }: pg.Pool): string | null {
  const { connectionString, host, port = 5432, user, password, database, ssl } = options;
  if (connectionString) return connectionString;
  if (!host || host.startsWith('/') || !user || !database || ssl) return null;
  if (password !== undefined && typeof password !== 'string') return null;
  const url = new URL('postgres://host');
  Object.assign(url, { hostname: host, port: String(port), username: user, password: password ?? '' });
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/** A pool in the place of a data source: what is used of one here, and nothing that closes it. */
export function dataSourceOver(pool: pg.Pool): DataSource {
  // An idle connection that is lost is no news here; without a listener it ends the process.
  pool.on('error', () => undefined);
  const source = {
    isInitialized: false,
    driver: { master: pool },
    initialize: async () => {
      await pool.query('SELECT 1');
      source.isInitialized = true;
    },
    destroy: async () => {
      source.isInitialized = false;
      await Promise.resolve();
    },
  };
  return source as unknown as DataSource;
}
