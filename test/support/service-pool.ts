import type { DatabaseConfig } from '#libs/config';
import { ServicePool } from '#src/libs/db/src/pool';

/** The pool of a service, once Postgres was reached. */
export async function openServicePool(config: DatabaseConfig): Promise<ServicePool> {
  const pool = new ServicePool(config);
  await pool.pg.query('SELECT 1');
  return pool;
}
