/**
 * SQLSTATE classes and codes that say that the server, not the statement, is the trouble (PostgreSQL, appendix A):
 * 08 connection, 28 login refused, 3D no such database, 53 out of resources, 55 not in a state to serve (such as a
 * database that lets nobody in, or a lock that is not to be had), 57014 cancelled (the statement timeout), 57P shutting
 * down or starting up, 58 system error, 25006 read-only.
 */
const UNWELL = /^(?:08|28|3D|53|55|58|57014|57P|25006)/;

/** Every SQLSTATE has a digit among its five characters, which the system's own EPIPE has not. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** What Postgres itself says that an error is; undefined for one that came from the network or a timeout. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return SQLSTATE.test(code) ? code : undefined;
}

/** Whether an error means that Postgres can not be read now, as against a statement that it refused. */
export function isPostgresUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || UNWELL.test(state);
}
