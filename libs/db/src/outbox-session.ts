import pg from 'pg';
import type { DatabaseConfig } from '#libs/config';
import { isReadOnlyRefusal } from '#libs/resilience';
import { type DatabaseState, DatabaseStates, FLUSH } from './database-state.js';
import type { Primary } from './primary.js';
import { type PreparedStatement, prepared, repeated } from './session.js';
import { type Change, changeOf, type RecordedChange } from './transaction.js';
import { type OutboxCursor, type OutboxRange, rangeValues, rowsInRange } from './unapplied-changes.js';

/**
 * One leader for each Redis namespace over a database: services, or releases, that keep their entries in different namespaces
 * each need the changes in their own. Earlier releases, which know no namespaces, use the lock 7310468. No leader on a read-only
 * server: it commits nothing, and a leader could not enter its name.
 */
const TRY_TO_LEAD = `
  SELECT CASE WHEN current_setting('transaction_read_only') = 'off'
    THEN pg_try_advisory_lock(hashtextextended('hotshelf relay ' || $1, 0)) ELSE false END AS leads`;

const CLAIM = `
  INSERT INTO relay_leaders AS known (namespace, leader) VALUES ($1, $2)
  ON CONFLICT (namespace) DO UPDATE SET former = known.leader, leader = excluded.leader
  WHERE known.leader <> excluded.leader`;

/**
 * A leader that is paused holds its session, and so the lock, for as long as its socket stands. Postgres ends the
 * session when it has been silent for this long; a live leader asks more often.
 */
// guard(paused-leader-loses-session): = 0
const IDLE_LIMIT_MS = 1_500;

interface Row extends RecordedChange {
  readonly id: string;
  readonly transaction: string;
}

/** Of a key that is too long to be one, enough to see that: a text of Postgres may be as large as this process's memory. */
const COLUMNS = 'id, left(key, 2000) AS key, version, transaction, kind, groups';

const READ = prepared(`${rowsInRange(COLUMNS, '$7')} ORDER BY transaction, id LIMIT $7`);

const HAS_ROWS = prepared(`SELECT EXISTS (${rowsInRange('id', 1)}) AS has`);

const SNAPSHOT = prepared('SELECT pg_current_snapshot()::text AS snapshot');

const RAISE = `SELECT setval('catalogue_version', greatest(last_value, $1::bigint)) FROM catalogue_version`;

/**
 * In the order of transactions, which is that of age but for moments: to look for old rows among all of them would read, every few
 * seconds, what was recorded within a quarter of an hour. Rows of a transaction that took long hold up those behind it.
 *
 * By their places, so that statistics of another day lead to no other index.
 */
const PRUNE = `
  DELETE FROM outbox WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM outbox WHERE ctid = ANY(ARRAY(
      SELECT place FROM (
        SELECT ctid AS place, recorded_at FROM outbox
        WHERE (transaction, id) < ($1::xid8, 0) ORDER BY transaction, id LIMIT $3
      ) AS oldest
      WHERE recorded_at < clock_timestamp() - $2 * interval '1 millisecond'
    )) FOR UPDATE SKIP LOCKED
  ))`;

/** A connection of the relay's own: it holds the leader's lock, which is bound to a session. */
export class OutboxSession {
  /** What was looked at; at first nothing. */
  private examined = '1:1:';

  private constructor(
    private readonly client: pg.Client,
    private readonly config: DatabaseConfig,
    private readonly states: DatabaseStates,
    private readonly namespace: string,
    /** Names this process among all that may lead. */
    readonly name: string,
  ) {}

  /**
   * @param namespace the Redis namespace that is led
   * @param name of this process, unique among all processes
   * @param primary ends the session when the address leads to another server; default: it stays with its server
   * @throws if Postgres cannot be reached, or is not the primary
   */
  static async open(
    config: DatabaseConfig,
    namespace: string,
    name: string,
    primary?: Primary,
  ): Promise<OutboxSession> {
    const states = await DatabaseStates.open(config, 'hotshelf-relay', namespace, primary);
    return new OutboxSession(states.client, config, states, namespace, name);
  }

  /** @throws if what is led cannot be read, such as an outbox that does not exist */
  async check(): Promise<void> {
    await this.states.read();
  }

  /** @returns whether this process leads now; one of those that share the namespace and the database does */
  async tryToLead(): Promise<boolean> {
    const { rows } = await this.client.query(TRY_TO_LEAD, [this.namespace]);
    if (rows[0]?.leads !== true) return false;
    await this.client.query(`SET idle_session_timeout = ${IDLE_LIMIT_MS}`);
    await this.client.query('LISTEN hotshelf_outbox');
    return true;
  }

  onNotice(heard: () => void): void {
    this.client.on('notification', heard);
  }

  /**
   * The state of the database, in which this process stands as the leader: the lock is held by this session, so what a restore
   * or a failover left in the table is out of date.
   */
  async state(): Promise<DatabaseState> {
    const state = await this.states.read();
    if (state.leader === this.name) return state;
    await this.client.query(CLAIM, [this.namespace, this.name]);
    return this.states.read();
  }

  /**
   * Raises the sequence of versions, so that every later change is newer than what rows and tiers have of a time that the
   * database does not know of any more.
   *
   * @returns whether the role may do so
   */
  async raiseVersions(to: string): Promise<boolean> {
    return this.client.query(RAISE, [to]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof pg.DatabaseError) return false;
        throw error;
      },
    );
  }

  /**
   * Which transaction it is counts, and not how far the outbox was read: one that began earlier and commits later is
   * not passed by, and one that stays open holds up nothing but itself.
   *
   * @returns the next changes, and where the one after them begins, null if these are the last; null when there are none
   */
  async read(
    range: OutboxRange,
    after: OutboxCursor,
    limit: number,
  ): Promise<{ rows: Change[]; next: OutboxCursor | null } | null> {
    const values = [...rangeValues(range, after), limit];
    const rows = await this.repeat<Row>(READ, values);
    const last = rows.at(-1);
    if (last === undefined) return null;
    const next = rows.length < limit ? null : { transaction: last.transaction, id: last.id };
    return { rows: rows.map(changeOf), next };
  }

  /**
   * Looks whether anything was committed since the last look, or since a snapshot that was read before. Cheap enough to be
   * asked two hundred times a second: on a quiet server it reads no table.
   *
   * @param isExpected whether any commit is taken for a change: the outbox itself is not looked at then
   */
  async hasChanges(isExpected: boolean): Promise<boolean> {
    const [row] = await this.repeat<{ snapshot: string }>(SNAPSHOT, []);
    const seen = row?.snapshot ?? this.examined;
    if (seen === this.examined) return false;
    const range = { seen, applied: [this.examined] };
    this.examined = seen;
    if (isExpected) return true;
    const [found] = await this.repeat<{ has: boolean }>(HAS_ROWS, rangeValues(range));
    return found?.has === true;
  }

  /** Has every process empty its caches: a change says that everything is stale. */
  async flush(): Promise<void> {
    await this.client.query(FLUSH);
  }

  /**
   * Removes those of the oldest rows that were applied long enough ago.
   *
   * @param limit how many of the oldest are looked at
   * @returns how many were removed; none while Postgres is read-only
   */
  async prune(appliedBelow: string, keptForMs: number, limit: number): Promise<number> {
    try {
      const { rowCount } = await this.client.query(PRUNE, [appliedBelow, keptForMs, limit]);
      return rowCount ?? 0;
    } catch (error) {
      if (isReadOnlyRefusal(error)) return 0;
      throw error;
    }
  }

  private async repeat<Row>(statement: PreparedStatement, values: unknown[]): Promise<Row[]> {
    const { rows } = await this.client.query({ ...repeated(this.config, statement), values });
    return rows;
  }

  async close(): Promise<void> {
    await this.states.close();
  }
}
