import { DEFINED, GREATEST_VERSION } from './outbox-schema.js';
import type { RecordedTable, TableTrigger } from './recording.js';

/** A table whose rows are cached. It has a primary key of one column. */
export interface TrackedTable {
  readonly table: string;
  /** The column that the cache key ends with. */
  readonly key: string;
  /** The cache key of a row is `<prefix>:<key>`. */
  readonly prefix: string;
  /** Columns that lists are made by: a change makes the group `<column>:<value>` stale. Default: none. */
  readonly groups?: readonly string[];
}

const NAME = /^[a-z_][a-z0-9_]{0,40}$/;

const FUNCTIONS = ['record_tracked', 'record_tracked_row', 'record_tracked_truncate'] as const;

const TRIGGERS: readonly TableTrigger[] = [
  { name: 'stamp_insert', fires: 'in every role' },
  { name: 'stamp_change', fires: 'in every role' },
  { name: 'record_insert', fires: 'in the origin role' },
  { name: 'record_update', fires: 'in the origin role' },
  { name: 'record_delete', fires: 'in the origin role' },
  { name: 'record_row', fires: 'in the replica role' },
  { name: 'record_truncate', fires: 'in every role' },
];

/** A table with the triggers of `trackTable`. */
export const recordedTable = (table: string): RecordedTable => ({ table, triggers: TRIGGERS });

/**
 * The statements that make a table coherent, for a migration of any tool, after those of `runMigrations`: columns `version` and
 * `last_updated`, and triggers that write an outbox row for each change in the same transaction, whatever program made it.
 * Running them again does no harm.
 *
 * @param schema of the table and the outbox. Default: `public`
 * @throws TypeError if a name is not a plain lower-case identifier
 */
export function trackTable(tracked: TrackedTable, schema = 'public'): string[] {
  const { key, prefix, groups = [] } = tracked;
  for (const name of [schema, tracked.table, key, prefix, ...groups])
    if (!NAME.test(name)) throw new TypeError(`not a plain lower-case identifier: ${JSON.stringify(name)}`);
  const table = `${schema}.${tracked.table}`;
  const args = [`${prefix}:`, key, ...groups].map((each) => `'${each}'`).join(', ');
  const record = (event: string, transition: string) => `
    CREATE TRIGGER record_${event.toLowerCase()} AFTER ${event} ON ${table} REFERENCING ${transition}
    FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked(${args})`;
  return [
    ...trackingFunctions(schema),
    `ALTER TABLE ${table}
      ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0 CHECK (version BETWEEN 0 AND ${GREATEST_VERSION}),
      ADD COLUMN IF NOT EXISTS last_updated timestamptz NOT NULL DEFAULT clock_timestamp()`,
    ...untrackTable(tracked, schema),
    `CREATE TRIGGER stamp_insert BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.stamp_row()`,
    `CREATE TRIGGER stamp_change BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (OLD.* *<> NEW.*)
      EXECUTE FUNCTION ${schema}.stamp_row()`,
    record('INSERT', 'NEW TABLE AS changed'),
    record('UPDATE', 'OLD TABLE AS former NEW TABLE AS changed'),
    record('DELETE', 'OLD TABLE AS former'),
    `CREATE TRIGGER record_row AFTER INSERT OR UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION ${schema}.record_tracked_row(${args})`,
    `CREATE TRIGGER record_truncate AFTER TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked_truncate(${args})`,
    `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER stamp_insert, ENABLE ALWAYS TRIGGER stamp_change,
      ENABLE ALWAYS TRIGGER record_truncate, ENABLE REPLICA TRIGGER record_row`,
    // Rows that were there before get a version: the trigger replaces this one.
    `UPDATE ${table} SET version = 1 WHERE version = 0`,
  ];
}

/** The way back: changes of the table are no longer recorded. Its columns stay. */
export function untrackTable({ table }: TrackedTable, schema = 'public'): string[] {
  return TRIGGERS.map(({ name }) => `DROP TRIGGER IF EXISTS ${name} ON ${schema}.${table}`);
}

const RECORDED = 'key, version, kind, groups';

/** The arguments of the triggers: the beginning of the keys, the key's column, the columns of the groups. */
function trackingFunctions(schema: string): string[] {
  return [
    recordTracked(schema),
    recordTrackedRow(schema),
    `CREATE OR REPLACE FUNCTION ${schema}.record_tracked_truncate() RETURNS trigger ${DEFINED} AS $$
    BEGIN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES (TG_ARGV[0] || '*', nextval('${schema}.catalogue_version'), 'all', '{}');
      RETURN NULL;
    END $$`,
    ...FUNCTIONS.map((name) => `REVOKE EXECUTE ON FUNCTION ${schema}.${name} FROM PUBLIC`),
  ];
}

/**
 * A row that is there now is recorded with the groups that it belongs to and belonged to; one that is gone, with a version
 * above its last.
 *
 * An insert that waited for the deletion of the same key was stamped before the deletion was, and is stamped again.
 */
const recordTracked = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.record_tracked() RETURNS trigger ${DEFINED} AS $$
  DECLARE
    named text := coalesce((
      SELECT string_agg(format('%L || %I::text', name || ':', name), ', ') FROM unnest(TG_ARGV[2:]) AS name
    ), '');
    states text := format('%%s SELECT %I::text AS key, version, %%L::boolean AS is_there, ARRAY[%s]::text[] AS groups FROM %%s',
      TG_ARGV[1], named);
    must_restamp boolean := false;
  BEGIN
    IF TG_OP = 'INSERT' THEN
      EXECUTE 'SELECT (SELECT last_value FROM ${schema}.catalogue_version) - min(version) >= count(*) FROM changed'
      INTO must_restamp;
    ELSIF TG_OP = 'UPDATE' THEN
      EXECUTE format('SELECT EXISTS (SELECT %1$I FROM changed EXCEPT SELECT %1$I FROM former)', TG_ARGV[1]) INTO must_restamp;
    END IF;
    IF must_restamp THEN
      EXECUTE format($sql$
        UPDATE %1$I.%2$I AS there SET version = 0 FROM changed
        WHERE there.%3$I = changed.%3$I AND there.version = changed.version AND %4$s
      $sql$, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[1], CASE
        WHEN TG_OP = 'UPDATE' THEN format('changed.%1$I NOT IN (SELECT %1$I FROM former)', TG_ARGV[1])
        WHEN current_setting('transaction_isolation') <> 'read committed' THEN 'true'
        ELSE format($sql$EXISTS (
          SELECT FROM ${schema}.outbox
          WHERE kind = 'removed' AND key = %L || changed.%I::text AND outbox.version > changed.version
        )$sql$, TG_ARGV[0], TG_ARGV[1])
      END);
    END IF;
    states := CASE TG_OP
      WHEN 'INSERT' THEN format(states, '', true, 'changed')
      WHEN 'DELETE' THEN format(states, '', false, 'former')
      ELSE format(states, '', true, 'changed') || format(states, ' UNION ALL', false, 'former')
    END;
    EXECUTE format($sql$
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT %L || key,
        coalesce(max(version) FILTER (WHERE is_there), ${schema}.next_version(max(version))),
        CASE WHEN bool_or(is_there) THEN 'row' ELSE 'removed' END,
        coalesce(array_agg(DISTINCT name) FILTER (WHERE name IS NOT NULL), '{}')
      FROM (%s) AS states LEFT JOIN LATERAL unnest(groups) AS name ON true
      GROUP BY key
    $sql$, TG_ARGV[0], states);
    RETURN NULL;
  END $$`;

/** In the replica role, row by row: logical replication fires no triggers of statements. */
const recordTrackedRow = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.record_tracked_row() RETURNS trigger ${DEFINED} AS $$
  DECLARE
    changed jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    former jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    named text[] := ARRAY(
      SELECT DISTINCT name || ':' || (state ->> name)
      FROM unnest(TG_ARGV[2:]) AS name, unnest(ARRAY[changed, former]) AS state
      WHERE state ->> name IS NOT NULL
    );
  BEGIN
    IF current_setting('session_replication_role') <> 'replica' THEN RETURN NULL; END IF;
    IF changed IS NOT NULL THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES (TG_ARGV[0] || (changed ->> TG_ARGV[1]), NEW.version, 'row', named);
    END IF;
    IF former IS NOT NULL AND (changed IS NULL OR changed ->> TG_ARGV[1] <> former ->> TG_ARGV[1]) THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES (TG_ARGV[0] || (former ->> TG_ARGV[1]), ${schema}.next_version(OLD.version), 'removed', named);
    END IF;
    RETURN NULL;
  END $$`;
