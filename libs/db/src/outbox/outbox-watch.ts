import type pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import type { OutboxRange } from './outbox-session.js';
import { openSession } from './session-client.js';

const IS_BEHIND = `
  SELECT EXISTS (
    SELECT FROM outbox
    WHERE transaction >= $1::xid8
      AND pg_visible_in_snapshot(transaction, $2::pg_snapshot)
      AND EXISTS (
        SELECT FROM unnest($3::pg_snapshot[]) AS applied WHERE NOT pg_visible_in_snapshot(transaction, applied)
      )
  ) AS behind`;

const DEPTH = `
  SELECT count(*)::int AS rows,
    coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float AS oldest_seconds
  FROM outbox
  WHERE transaction >= $1::xid8
    AND EXISTS (
      SELECT FROM unnest($2::pg_snapshot[]) AS applied WHERE NOT pg_visible_in_snapshot(transaction, applied)
    )`;

/** What waits in the outbox to be applied. */
export interface OutboxDepth {
  readonly rows: number;
  /** The age of the oldest of them. */
  readonly oldestSeconds: number;
}

/** Compares what was applied with what was committed, over a connection that waits behind no request. */
export class OutboxWatch {
  private constructor(private readonly client: pg.Client) {}

  /** @throws where Postgres can not be reached */
  static async open(config: DatabaseConfig): Promise<OutboxWatch> {
    return new OutboxWatch(await openSession(config, 'hotshelf-watch'));
  }

  /** Which transactions are settled now. */
  async snapshot(): Promise<string> {
    const { rows } = await this.client.query('SELECT pg_current_snapshot()::text AS snapshot');
    return rows[0].snapshot;
  }

  /**
   * @param from the first transaction that may not be applied
   * @returns whether a change that is `seen` is not `applied` everywhere
   */
  async isBehind(from: string, { seen, applied }: OutboxRange): Promise<boolean> {
    const { rows } = await this.client.query(IS_BEHIND, [from, seen, applied]);
    return rows[0].behind;
  }

  /** @param from the first transaction that may not be applied */
  async depth(from: string, applied: readonly string[]): Promise<OutboxDepth> {
    const { rows } = await this.client.query(DEPTH, [from, applied]);
    return { rows: rows[0].rows, oldestSeconds: rows[0].oldest_seconds };
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
