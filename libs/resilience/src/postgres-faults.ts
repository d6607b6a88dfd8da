/**
 * SQLSTATE classes and codes that say that the server, not the statement, is the trouble (PostgreSQL, appendix A):
 * 08 connection, 28 login refused, 3D no such database, 53 out of resources, 55 not in a state to serve (such as a
 * database that accepts no connections, or a lock that is not available), 57014 cancelled (the statement timeout), 57P
 * shutting down or starting up, 58 system error, 25006 read-only.
 */
const UNWELL = /^(?:08|28|3D|53|55|58|57014|57P|25006)/;

/** Every SQLSTATE has a digit among its five characters, which the system's own EPIPE has not. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** The code that Postgres itself gave an error; undefined for one that came from the network or a timeout. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return SQLSTATE.test(code) ? code : undefined;
}

/** Of a standby, of a primary that was demoted, and of one whose operator, or whose provider for a full disk, wants no changes. */
const READ_ONLY = '25006';
const DISK_FULL = '53100';

/** Whether a change was refused since the server, or the session with it, is read-only. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return sqlStateOf(error) === READ_ONLY;
}

/**
 * Whether an error counts for the breaker, which stands in front of reads and writes alike: a server that refuses only
 * changes can still be read.
 */
export function isPostgresUnwell(error: unknown): boolean {
  const refusesChangesAlone = isReadOnlyRefusal(error) || sqlStateOf(error) === DISK_FULL;
  return isPostgresUnavailable(error) && !refusesChangesAlone;
}

/** Whether an error means that Postgres cannot be read now, in contrast to a statement that it refused. */
export function isPostgresUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || UNWELL.test(state);
}
