import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';

/** Any constant does; it only has to be the same in every process over this database. */
const LEADER_LOCK = 7_310_468;

/**
 * A leader that is paused holds its session, and so the lock, for as long as its socket stands. Postgres ends the
 * session when it has been silent for this long; a live leader asks more often.
 */
const IDLE_LIMIT_MS = 1_500;

/** One change that the outbox holds. */
export interface OutboxRow {
  readonly key: string;
  readonly version: number;
}

/** A place in the outbox: everything before it was read. */
export interface OutboxCursor {
  readonly transaction: string;
  readonly id: string;
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly version: string;
  readonly transaction: string;
}

const READ = `
  SELECT id, key, version, transaction FROM outbox
  WHERE (transaction, id) > ($1::xid8, $2::bigint) AND transaction < $3::xid8
  ORDER BY transaction, id LIMIT $4`;

const PRUNE = `
  DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox
    WHERE transaction < $1::xid8 AND recorded_at < clock_timestamp() - $2 * interval '1 millisecond'
    LIMIT $3)`;

/** A connection of the relay's own: it holds the leader's lock and hears the notices, both bound to a session. */
export class OutboxSession {
  private constructor(private readonly client: pg.Client) {
    // A lost connection fails the next statement, and whoever sent that knows what to do; unheard, it ends the process.
    client.on('error', () => undefined);
  }

  /** @throws where Postgres can not be reached */
  static async open(config: DatabaseConfig): Promise<OutboxSession> {
    const client = new pg.Client({
      connectionString: config.url,
      application_name: 'hotshelf-relay',
      connectionTimeoutMillis: config.connectTimeoutMs,
      query_timeout: config.loadTimeoutMs,
      statement_timeout: config.loadTimeoutMs,
      keepAlive: true,
    });
    const session = new OutboxSession(client);
    await client.connect();
    return session;
  }

  /** @returns whether this process leads now; one in the fleet does */
  async tryToLead(): Promise<boolean> {
    const { rows } = await this.client.query('SELECT pg_try_advisory_lock($1) AS leads', [LEADER_LOCK]);
    if (rows[0]?.leads !== true) return false;
    await this.client.query(`SET idle_session_timeout = ${IDLE_LIMIT_MS}`);
    await this.client.query('LISTEN hotshelf_outbox');
    return true;
  }

  onNotice(heard: () => void): void {
    this.client.on('notification', heard);
  }

  /**
   * The oldest transaction that may still commit: everything before it is settled. Reading beyond it would pass by a
   * transaction that began earlier and commits later.
   */
  async horizon(): Promise<string> {
    const { rows } = await this.client.query(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
    );
    return rows[0].horizon;
  }

  /** @returns the next changes below the horizon, and where the one after them begins; null when there are none */
  async read(
    after: OutboxCursor,
    horizon: string,
    limit: number,
  ): Promise<{ rows: OutboxRow[]; next: OutboxCursor } | null> {
    const { rows } = await this.client.query<Row>(READ, [after.transaction, after.id, horizon, limit]);
    const last = rows.at(-1);
    if (last === undefined) return null;
    return {
      rows: rows.map(({ key, version }) => ({ key, version: Number(version) })),
      next: { transaction: last.transaction, id: last.id },
    };
  }

  /** Removes a batch of rows that were applied long enough ago. @returns how many */
  async prune(appliedBelow: string, keptForMs: number, limit: number): Promise<number> {
    const { rowCount } = await this.client.query(PRUNE, [appliedBelow, keptForMs, limit]);
    return rowCount ?? 0;
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
