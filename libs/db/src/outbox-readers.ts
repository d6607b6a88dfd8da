import type { DatabaseConfig } from '#libs/config';
import { type DatabaseState, DatabaseStates, FLUSH } from './database-state.js';
import type { Primary } from './primary.js';
import { type RecordedTable, type Recording, readRecording } from './recording.js';
import { prepared, repeated } from './session.js';
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

/** Reads committed changes for those who follow them. */
export class OutboxFeed {
  private constructor(private readonly states: DatabaseStates) {}

  /** @throws if Postgres cannot be reached, or is not the primary */
  static async open(config: DatabaseConfig, namespace: string, primary: Primary): Promise<OutboxFeed> {
    return new OutboxFeed(await DatabaseStates.open(config, 'hotshelf-feed', namespace, primary));
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
    const { rows } = await this.states.client.query<Row>(IN_ORDER, values);
    return rows.map((row) => ({ ...changeOf(row), position: { version: row.version, id: row.id } }));
  }

  close(): Promise<void> {
    return this.states.close();
  }
}

const IS_BEHIND = prepared(`SELECT EXISTS (${rowsInRange('id', 1)}) AS behind`);

/** To count a large backlog would take from Postgres, in every process, what readers need. Ids are given out in order. */
const MOST_COUNTED = 10_000;

const DEPTH = `
  SELECT CASE WHEN count(*) < ${MOST_COUNTED} THEN count(*) ELSE greatest(count(*), 1 - min(id) +
      (SELECT id FROM outbox ORDER BY transaction DESC, id DESC LIMIT 1)) END::float AS rows,
    coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float AS oldest_seconds
  FROM (${rowsInRange('id, recorded_at', MOST_COUNTED)}) AS unapplied`;

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
  /** Counted up to 10,000; beyond that about as many, by their ids. */
  readonly rows: number;
  /** The age of the oldest of them. */
  readonly oldestSeconds: number;
}

/** Compares what was applied with what was committed, over a connection that waits behind no request. */
export class OutboxWatch {
  private constructor(
    private readonly config: DatabaseConfig,
    private readonly states: DatabaseStates,
  ) {}

  /**
   * @param namespace the Redis namespace whose leader is asked for
   * @param primary ends the session when the address leads to another server; default: it stays with its server
   * @throws if Postgres cannot be reached, or is not the primary
   */
  static async open(config: DatabaseConfig, namespace: string, primary?: Primary): Promise<OutboxWatch> {
    return new OutboxWatch(config, await DatabaseStates.open(config, 'hotshelf-watch', namespace, primary));
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
    const { rows } = await this.states.client.query({
      ...repeated(this.config, IS_BEHIND),
      values: rangeValues(range),
    });
    return rows[0].behind;
  }

  /** Whether the changes of some tables reach the outbox. */
  recording(tables: readonly RecordedTable[]): Promise<Recording> {
    return readRecording(this.states.client, tables);
  }

  /** Has every process empty its caches. @throws also if the server is read-only */
  async flush(): Promise<void> {
    await this.states.client.query(FLUSH);
  }

  async depth(range: OutboxRange): Promise<OutboxDepth> {
    const { rows } = await this.states.client.query(DEPTH, rangeValues(range));
    return { rows: rows[0].rows, oldestSeconds: rows[0].oldest_seconds };
  }

  /** The newest changes that are committed, applied or not; the newest first. */
  async newest(limit: number): Promise<RecordedAge[]> {
    const { rows } = await this.states.client.query({ ...repeated(this.config, NEWEST), values: [limit] });
    return rows.map(({ key, age_seconds }) => ({ key, ageSeconds: age_seconds }));
  }

  close(): Promise<void> {
    return this.states.close();
  }
}
