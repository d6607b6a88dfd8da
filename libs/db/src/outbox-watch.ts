import type pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { type DatabaseState, DatabaseStates, FLUSH } from './database-state.js';
import type { Primary } from './primary.js';
import { type RecordedTable, type Recording, readRecording } from './recording.js';
import { closeSession, openOutboxSession } from './session-client.js';
import { type OutboxRange, rangeValues, rowsInRange } from './unapplied-changes.js';
import { prepared, repeated } from './wire.js';

const IS_BEHIND = prepared(`SELECT EXISTS (${rowsInRange('id', 1)}) AS behind`);

const DEPTH = `
  SELECT count(*)::int AS rows,
    coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float AS oldest_seconds
  FROM (${rowsInRange('recorded_at')}) AS unapplied`;

const NEWEST = prepared(`
  SELECT left(key, 2000) AS key, extract(epoch FROM clock_timestamp() - recorded_at)::float AS age_seconds
  FROM outbox ORDER BY transaction DESC, id DESC LIMIT $1`);

/** A change that was recorded, and how long ago. */
export interface RecordedAge {
  readonly key: string;
  readonly ageSeconds: number;
}

/** What waits in the outbox to be applied. */
export interface OutboxDepth {
  readonly rows: number;
  /** The age of the oldest of them. */
  readonly oldestSeconds: number;
}

/** Compares what was applied with what was committed, over a connection that waits behind no request. */
export class OutboxWatch {
  private constructor(
    private readonly client: pg.Client,
    private readonly config: DatabaseConfig,
    private readonly states: DatabaseStates,
  ) {}

  /**
   * @param namespace the Redis namespace whose leader is asked for
   * @param primary ends the session when the address leads to another server; default: it stays with its server
   * @throws if Postgres cannot be reached, or is not the primary
   */
  static async open(config: DatabaseConfig, namespace: string, primary?: Primary): Promise<OutboxWatch> {
    const client = await openOutboxSession(config, 'hotshelf-watch', primary);
    try {
      return new OutboxWatch(client, config, await DatabaseStates.over(client, config, namespace));
    } catch (error) {
      await closeSession(client);
      throw error;
    }
  }

  /** What of the database's state the role may not read. */
  get unreadable(): readonly string[] {
    return this.states.unreadable;
  }

  /** The state of the database now. */
  state(): Promise<DatabaseState> {
    return this.states.read();
  }

  /** @returns whether a change that is `seen` is not `applied` everywhere */
  async isBehind(range: OutboxRange): Promise<boolean> {
    const { rows } = await this.client.query({
      ...repeated(this.config, IS_BEHIND),
      values: rangeValues(range),
    });
    return rows[0].behind;
  }

  /** Whether the changes of some tables reach the outbox. */
  recording(tables: readonly RecordedTable[]): Promise<Recording> {
    return readRecording(this.client, tables);
  }

  /** Has every process empty its caches. @throws also if the server is read-only */
  async flush(): Promise<void> {
    await this.client.query(FLUSH);
  }

  async depth(range: OutboxRange): Promise<OutboxDepth> {
    const { rows } = await this.client.query(DEPTH, rangeValues(range));
    return { rows: rows[0].rows, oldestSeconds: rows[0].oldest_seconds };
  }

  /** The newest changes that are committed, applied or not; the newest first. */
  async newest(limit: number): Promise<RecordedAge[]> {
    const { rows } = await this.client.query({ ...repeated(this.config, NEWEST), values: [limit] });
    return rows.map(({ key, age_seconds }) => ({ key, ageSeconds: age_seconds }));
  }

  async close(): Promise<void> {
    await closeSession(this.client);
  }
}
