import type { DataSourceOptions } from 'typeorm';
import type { DatabaseConfig } from '#libs/config';
import { MIGRATIONS } from './migrations/index.js';

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
      query_timeout: config.loadTimeoutMs + 500,
      keepAlive: true,
      // Not closed though they are idle; see PoolKeeper.
      min: readyConnections(config),
    },
  };
}

/** How many connections stand ready: one for each place for loads, as far as the pool goes. */
export function readyConnections({ loadConcurrency, poolSize }: DatabaseConfig): number {
  return Math.min(loadConcurrency, poolSize);
}

/** One connection without a statement timeout: building an index may take as long as it takes. */
export function migrationDataSource(config: DatabaseConfig): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.url,
    applicationName: 'hotshelf-migrate',
    poolSize: 1,
    connectTimeoutMS: config.connectTimeoutMs,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
  };
}
