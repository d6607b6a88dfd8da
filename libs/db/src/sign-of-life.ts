import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { postgresSocket } from './postgres-socket.js';

/** One that takes longer is as good as none: it is asked for again soon. */
const PATIENCE_MS = 500;

/** What a server lets a session do. A standby and a demoted primary are `read-only`, as is one that is set so. */
export type ServerRole = 'read-write' | 'read-only';

/** Asks for a sign of life that costs no more than any other, and says which role the server has. */
export const ASK_ROLE = 'SHOW transaction_read_only';

export interface RoleRow {
  readonly transaction_read_only: string;
}

export function roleOf([row]: readonly RoleRow[]): ServerRole {
  return row?.transaction_read_only === 'on' ? 'read-only' : 'read-write';
}

/**
 * Connects to whatever server the address leads to now, asks, and leaves.
 *
 * @throws if Postgres does not answer within half a second
 */
export async function askForSignOfLife(config: DatabaseConfig): Promise<ServerRole> {
  const client = new pg.Client({
    connectionString: config.url,
    application_name: 'hotshelf-probe',
    stream: postgresSocket,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return roleOf((await client.query<RoleRow>(ASK_ROLE)).rows);
  } finally {
    // Not waited for: a silent peer confirms no goodbye.
    void client.end().catch(() => undefined);
  }
}
