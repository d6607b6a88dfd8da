import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '#libs/config';
import { migrationDataSource } from './data-source-options.js';

/** Any constant does; it only has to be the same in every process that migrates this database. */
const MIGRATION_LOCK = 7_310_467;

/**
 * Brings the schema up to date. Safe to run from many processes at once: an advisory lock lets one work while
 * the others wait and then find nothing left to do.
 *
 * @returns the names of the migrations that ran now, oldest first
 */
export async function runMigrations(config: DatabaseConfig): Promise<readonly string[]> {
  const dataSource = await new DataSource(migrationDataSource(config)).initialize();
  const lock = await new DataSource({ ...migrationDataSource(config), migrations: [] }).initialize();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations();
    return ran.map(({ name }) => name);
  } finally {
    // Closing the session gives its advisory lock back, whatever happened.
    await lock.destroy();
    await dataSource.destroy();
  }
}
