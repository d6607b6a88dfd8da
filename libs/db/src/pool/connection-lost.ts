import { sqlStateOf } from '#libs/resilience';

/**
 * Of Node's sockets, of the driver, and of Postgres when it ends a session (57P01 told to go, 57P02 crashed, 08003 and
 * 08006 no connection; PostgreSQL, appendix A).
 */
const CODES = new Set(['ECONNRESET', 'EPIPE', '57P01', '57P02', '08003', '08006']);
const MESSAGES = /^Connection terminated(?: unexpectedly)?$|^Client has encountered a connection error/;

/** Whether a connection that stood broke, so that the same statement may succeed on another one at once. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && CODES.has(String(error.code))) || MESSAGES.test(error.message);
}

/** Whether an error came from Postgres itself, over a connection that is sound. */
export function isFromServer(error: unknown): boolean {
  return sqlStateOf(error) !== undefined && !isConnectionLost(error);
}
