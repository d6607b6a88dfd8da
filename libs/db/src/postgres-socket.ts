import { Socket } from 'node:net';
import { NameLookup, sqlStateOf } from '#libs/resilience';

/**
 * Of Node's sockets, of the driver, and of Postgres when it ends a session (57P01 terminated, 57P02 crashed, 08003 and
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

/** One for the process, whose threads it bounds the use of. */
const names = new NameLookup();

/** The socket of a connection to Postgres, for the driver's option `stream`: its name is looked up beside that of Redis. */
export function postgresSocket(): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, {
    /** As the driver calls it: with a port and a host, or with the path of a Unix socket. */
    connect: (where: number | string, host?: string) =>
      typeof where === 'string' ? connect(where) : connect({ port: where, host, lookup: names.lookup }),
  });
}
