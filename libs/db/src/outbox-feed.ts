import type pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { type DatabaseState, DatabaseStates } from './database-state.js';
import type { Primary } from './primary.js';
import { closeSession, openOutboxSession } from './session-client.js';
import { type Change, changeOf, type RecordedChange } from './transaction.js';
import { type OutboxRange, rangeValues, rowsInRange } from './unapplied-changes.js';

/** A row of the outbox, and its place among the rows of its range. */
export interface FeedRow extends Change {
  readonly position: FeedPosition;
}

/** Rows are ordered by version: a row of the outbox is found again by it and, among equal ones, by its id. */
export interface FeedPosition {
  readonly version: string;
  readonly id: string;
}

interface Row extends RecordedChange {
  readonly id: string;
}

/**
 * Versions of a key are in the order of its commits, and those of all keys are in no order of transactions. So a range is
 * sorted as a whole. A key that is too long to be one is cut: a text of Postgres may be as large as the memory of this process.
 */
const IN_ORDER = `
  SELECT * FROM (${rowsInRange('id, left(key, 2000) AS key, version, kind, groups')}) AS unread
  WHERE (version, id) > ($7::bigint, $8::bigint)
  ORDER BY version, id LIMIT $9`;

/** A connection that reads committed changes for those who follow them, beside the pool that requests wait for. */
export class OutboxFeed {
  private constructor(
    private readonly client: pg.Client,
    private readonly states: DatabaseStates,
  ) {}

  /** @throws if Postgres cannot be reached, or is not the primary */
  static async open(config: DatabaseConfig, namespace: string, primary: Primary): Promise<OutboxFeed> {
    const client = await openOutboxSession(config, 'hotshelf-feed', primary);
    try {
      return new OutboxFeed(client, await DatabaseStates.over(client, config, namespace));
    } catch (error) {
      await closeSession(client);
      throw error;
    }
  }

  state(): Promise<DatabaseState> {
    return this.states.read();
  }

  /**
   * @param after only rows behind this place
   * @param limit the most rows
   */
  async read(range: OutboxRange, after: FeedPosition, limit: number): Promise<FeedRow[]> {
    const values = [...rangeValues(range), after.version, after.id, limit];
    const { rows } = await this.client.query<Row>(IN_ORDER, values);
    return rows.map((row) => ({ ...changeOf(row), position: { version: row.version, id: row.id } }));
  }

  async close(): Promise<void> {
    await closeSession(this.client);
  }
}
