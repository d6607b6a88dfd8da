import pg from 'pg';
import { serverAddress } from './server-address.js';

const TIMEOUT_MS = 3_000;

/** Who does not know the greeting closes the connection on us. */
const NOT_POSTGRES = /Connection terminated unexpectedly|ECONNRESET|EPIPE/;

/**
 * Tries to log in to the database.
 *
 * @param url a well-formed postgres:// URL
 * @returns what is wrong, naming the variable and never the password; undefined where all is well. Settles within 3 s.
 */
export async function checkDatabaseUrl(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MS });
  // A connection that breaks later on must not end the process as an error that nobody took.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return `DATABASE_URL: ${reason(serverAddress(url), error as NodeJS.ErrnoException)}`;
  } finally {
    void client.end().catch(() => undefined);
  }
}

function reason(address: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `nobody listens at ${address}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${address} is unknown`;
  }
  // An SQLSTATE: this is Postgres, and its own words say best what it minds.
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return `Postgres at ${address} refuses: ${message}`;
  if (message === 'timeout expired')
    return `no answer of a Postgres from ${address} in ${TIMEOUT_MS / 1_000} s`;
  if (NOT_POSTGRES.test(message)) return `what answers at ${address} is not Postgres`;
  return `${address} can't be reached: ${message}`;
}
