import type pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import type { Change } from '../writing/written.js';
import { openSession } from './session-client.js';

/** Any constant does; it only has to be the same in every process over this database. */
const LEADER_LOCK = 7_310_468;

/**
 * A leader that is paused holds its session, and so the lock, for as long as its socket stands. Postgres ends the
 * session when it has been silent for this long; a live leader asks more often.
 */
const IDLE_LIMIT_MS = 1_500;

/** The transactions between: visible in `seen`, and not in every one of `applied`. Snapshots as Postgres writes them. */
export interface OutboxRange {
  readonly seen: string;
  readonly applied: readonly string[];
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

/** What the later snapshot sees and one of the earlier ones did not. */
const READ = `
  SELECT id, key, version, transaction FROM outbox
  WHERE (transaction, id) > ($1::xid8, $2::bigint)
    AND pg_visible_in_snapshot(transaction, $3::pg_snapshot)
    AND EXISTS (
      SELECT FROM unnest($4::pg_snapshot[]) AS applied WHERE NOT pg_visible_in_snapshot(transaction, applied)
    )
  ORDER BY transaction, id LIMIT $5`;

const PRUNE = `
  DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox
    WHERE transaction < $1::xid8 AND recorded_at < clock_timestamp() - $2 * interval '1 millisecond'
    LIMIT $3)`;

/** A connection of the relay's own: it holds the leader's lock and hears the notices, both bound to a session. */
export class OutboxSession {
  private constructor(private readonly client: pg.Client) {}

  /** @throws where Postgres can not be reached */
  static async open(config: DatabaseConfig): Promise<OutboxSession> {
    return new OutboxSession(await openSession(config, 'hotshelf-relay'));
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

  /** Which transactions are settled now. */
  async snapshot(): Promise<string> {
    const { rows } = await this.client.query('SELECT pg_current_snapshot()::text AS snapshot');
    return rows[0].snapshot;
  }

  /**
   * Which transaction it is counts, and not how far the outbox was read: one that began earlier and commits later is
   * not passed by, and one that stays open holds up nothing but itself.
   *
   * @returns the next changes, and where the one after them begins; null when there are none
   */
  async read(
    { seen, applied }: OutboxRange,
    after: OutboxCursor,
    limit: number,
  ): Promise<{ rows: Change[]; next: OutboxCursor } | null> {
    const values = [after.transaction, after.id, seen, applied, limit];
    const { rows } = await this.client.query<Row>(READ, values);
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
