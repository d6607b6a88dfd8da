import { sqlStateOf } from '#libs/resilience';

/**
 * SQLSTATEs (PostgreSQL, appendix A) that say that another transaction was in the way: 40001 serialisation, 40P01
 * deadlock, 55P03 a lock that was not to be had in time.
 */
const IN_THE_WAY = new Set(['40001', '40P01', '55P03']);

/**
 * Lets a statement wait for a row for less than it may take, so that it ends as a wait for a lock and not as one for
 * Postgres: who holds a row for long says nothing about the server, and must not open the breaker for its readers.
 */
export const LIMIT_LOCK_WAIT = `
  SELECT set_config('lock_timeout',
    (extract(epoch FROM current_setting('statement_timeout')::interval) * 750)::int::text, true)`;

export function isContention(error: unknown): boolean {
  return IN_THE_WAY.has(sqlStateOf(error) ?? '');
}
