/**
 * SQLSTATE classes and codes that say that the server, not the statement, is the trouble (PostgreSQL, appendix A):
 * 08 connection, 28 login refused, 3D no such database, 53 out of resources, 55 not in a state to serve (such as a
 * database that lets nobody in, or a lock that is not to be had), 57014 cancelled (the statement timeout), 57P shutting
 * down or starting up, 58 system error, 25006 read-only.
 */
const UNWELL = /^(?:08|28|3D|53|55|58|57014|57P|25006)/;

/** A statement's own error carries a SQLSTATE of five characters; what has none came from the network or a timeout. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Whether an error means that Postgres can not be read now, as against a statement that it refused. */
export function isPostgresUnavailable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return !SQLSTATE.test(code) || UNWELL.test(code);
}
