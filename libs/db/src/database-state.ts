import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { closeSession, openSession, prepared, repeated, type SessionOwner } from './session.js';

/**
 * The state of a database at one moment. Two moments are of one history if neither `identity` nor `flushes` differs and
 * nothing else went back. Large numbers are decimal text; null if the role may not read the value.
 */
export interface DatabaseState {
  /** Which transactions are settled, as Postgres writes a snapshot. */
  readonly snapshot: string;
  /** Of the cluster, its timeline, the database and the outbox: another one after a failover, a restore, a new table. */
  readonly identity: string;
  /** How often an operator emptied the caches. */
  readonly flushes: string;
  /** The last version that was assigned. */
  readonly sequence: string | null;
  /** How far the log was written, in bytes. */
  readonly wal: string | null;
  /** Up to where the log is known to have survived the last start, in bytes. */
  readonly checkpoint: string | null;
  /** When the server started. */
  readonly startedAt: string;
  /** Transactions below may be missing from the outbox. */
  readonly prunedBelow: string;
  /** The transaction that deleted from the outbox last: one who sees it sees all that did. Null if it is not known. */
  readonly prunedBy: string | null;
  /** The process that leads the relay of this service's namespace, and the one before; empty for none. */
  readonly leader: string;
  readonly formerLeader: string;
}

/** What a role may lack the right to read, or a managed Postgres may not offer. */
const OPTIONAL = {
  system: 'SELECT system_identifier::text FROM pg_control_system()',
  // Not that of pg_control_checkpoint(), which is the old one until the first checkpoint after a promotion.
  timeline: 'SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)',
  wal: `SELECT (pg_current_wal_insert_lsn() - '0/0')::text`,
  checkpoint: `SELECT (checkpoint_lsn - '0/0')::text FROM pg_control_checkpoint()`,
  sequence: 'SELECT last_value::text FROM catalogue_version',
} as const;

type Optional = keyof typeof OPTIONAL;

/**
 * Insufficient privilege, not supported, not in the prerequisite state, undefined function, undefined table: a schema that is not
 * migrated has no sequence yet.
 */
const UNREADABLE = new Set(['42501', '0A000', '55000', '42883', '42P01']);

/**
 * Statistics of the outbox are of another time: they were taken before a bulk change, or after it and before it was pruned. A plan that
 * rests on them may read the whole table for one row, several times a second, so each walks the index (see `rowsInRange`).
 */
const WALKS_THE_INDEX = 'SET enable_seqscan = off; SET enable_bitmapscan = off';

interface Row extends Omit<DatabaseState, 'identity'> {
  readonly parts: readonly (string | null)[];
}

/** A session that reads the outbox, beside the pool, and the state of the database over it. */
export class DatabaseStates {
  private constructor(
    readonly client: pg.Client,
    private readonly namespace: string,
    private readonly statement: ReturnType<typeof repeated>,
    /** What the role may not read; a change of history that shows in nothing else is missed. */
    readonly unreadable: readonly string[],
  ) {}

  /**
   * @param name shown by Postgres in `pg_stat_activity`
   * @param namespace whose leader is asked for
   * @param primary ends the session when the address leads to another server; default: it stays with its server
   * @throws if Postgres cannot be reached; Error if the server is a standby: what it shows is of the past
   */
  static async open(
    config: DatabaseConfig,
    name: string,
    namespace: string,
    primary?: SessionOwner,
  ): Promise<DatabaseStates> {
    const client = await openSession(config, name, primary);
    try {
      await client.query(WALKS_THE_INDEX);
      const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby');
      if (rows[0]?.standby === true) throw new Error('the server is a standby, not the primary');
      const unreadable: Optional[] = [];
      for (const part of Object.keys(OPTIONAL) as Optional[]) {
        if (!(await canRead(client, OPTIONAL[part]))) unreadable.push(part);
      }
      const statement = repeated(config, prepared(statementWithout(new Set(unreadable))));
      return new DatabaseStates(client, namespace, statement, unreadable);
    } catch (error) {
      await closeSession(client);
      throw error;
    }
  }

  /** @throws if Postgres cannot be read */
  async read(): Promise<DatabaseState> {
    const { rows } = await this.client.query<Row>({ ...this.statement, values: [this.namespace] });
    const [row] = rows;
    if (row === undefined) throw new Error('the database did not report its state');
    const { parts, ...state } = row;
    return { ...state, identity: parts.map((part) => part ?? '?').join('/') };
  }

  async close(): Promise<void> {
    await closeSession(this.client);
  }
}

async function canRead(client: pg.Client, statement: string): Promise<boolean> {
  try {
    await client.query(statement);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && UNREADABLE.has(error.code ?? '')) return false;
    throw error;
  }
}

function statementWithout(unreadable: ReadonlySet<Optional>): string {
  const value = (name: Optional) => (unreadable.has(name) ? 'NULL::text' : `(${OPTIONAL[name]})`);
  return `
    SELECT pg_current_snapshot()::text AS snapshot,
      ARRAY[
        ${value('system')},
        ${value('timeline')},
        (SELECT oid::text FROM pg_database WHERE datname = current_database()),
        'outbox'::regclass::oid::text
      ] AS parts,
      coalesce(state.flushes, 0)::text AS flushes,
      coalesce(state.pruned_below::text, '0') AS "prunedBelow",
      -- The previous release's schema has no such column.
      to_jsonb(state) ->> 'pruned_by' AS "prunedBy",
      ${value('sequence')} AS sequence,
      ${value('wal')} AS wal,
      ${value('checkpoint')} AS checkpoint,
      extract(epoch FROM pg_postmaster_start_time())::text AS "startedAt",
      coalesce(leaders.leader, '') AS leader,
      coalesce(leaders.former, '') AS "formerLeader"
    FROM (SELECT) AS one
      LEFT JOIN outbox_state AS state ON true
      LEFT JOIN relay_leaders AS leaders ON leaders.namespace = $1`;
}

export const FLUSH = `
  INSERT INTO outbox_state AS state (flushes) VALUES (1)
  ON CONFLICT (is_only_row) DO UPDATE SET flushes = state.flushes + 1`;

/**
 * Has every process over a database empty its caches, and Redis emptied of their entries. They detect it at their next check,
 * at the database, or when they reach it again; so it is not lost on one that cannot be reached now.
 *
 * @throws if Postgres cannot be written to
 */
export async function flushCaches(config: DatabaseConfig): Promise<void> {
  const client = await openSession(config, 'hotshelf-flush');
  try {
    await client.query(FLUSH);
    await client.query('NOTIFY hotshelf_outbox');
  } finally {
    await closeSession(client);
  }
}
