import { DEFINED } from './outbox-schema.js';
import type { RecordedTable, TableTrigger } from './recording.js';

/** A table whose rows are cached. */
export interface TrackedTable {
  /** As Postgres has it, capitals and all; `<schema>.<table>` where the search path does not lead to it. */
  readonly table: string;
  /** The column that the cache key ends with, unique by itself. */
  readonly key: string;
  /** The cache key of a row is `<prefix>:<key>`. */
  readonly prefix: string;
  /** Columns that lists are made by: a change makes the group `<column>:<value>` stale. Default: none. */
  readonly groups?: readonly string[];
}

const trigger = (name: string, fires: TableTrigger['fires']): TableTrigger => ({
  name: `zz_hotshelf_${name}`,
  fires,
});

const OF_BOTH = [
  trigger('stamp_insert', 'in every role'),
  trigger('stamp_update', 'in every role'),
  trigger('record_truncate', 'in every role'),
];

/** A table with the triggers of `hotshelf_track`. */
export function recordedTable(table: string): RecordedTable {
  const statements = ['insert', 'update', 'delete'].map((event) =>
    trigger(`record_${event}`, 'in the origin role'),
  );
  return {
    table: relationText(table),
    triggers: [...OF_BOTH, ...statements, trigger('record_row', 'in the replica role')],
    ofPartitioned: [...OF_BOTH, trigger(EACH_ROW, 'in every role')],
  };
}

/** Keys begin with it: no separator of keys, and nothing that a Redis Cluster reads as a tag. */
const BEGINNING = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * The statement that makes a table coherent, for a migration of any tool: columns `version` and `last_updated`, and triggers that
 * write an outbox row for each change in the same transaction, whatever program made it. `runMigrations` brings its function.
 *
 * @throws TypeError for a prefix or a group that is not of letters, digits, _ and -, the first no digit
 */
export function trackTable({ table, key, prefix, groups = [] }: TrackedTable): string {
  for (const name of [prefix, ...groups])
    if (!BEGINNING.test(name))
      throw new TypeError(`not of letters, digits, _ and -, the first no digit: ${JSON.stringify(name)}`);
  const options = [`key => ${literal(key)}`, `prefix => ${literal(prefix)}`];
  if (groups.length > 0) options.push(`groups => '{${groups.join()}}'`);
  return `SELECT hotshelf_track(${[literal(relationText(table)), ...options].join(', ')})`;
}

/** The way back: changes of the table are no longer recorded. Its columns stay. */
export function untrackTable({ table }: Pick<TrackedTable, 'table'>): string {
  return `SELECT hotshelf_untrack(${literal(relationText(table))})`;
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A name as a part of a statement. */
export const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A table's name as a part of a statement. */
export const quotedRelation = (table: string) => table.split('.').map(quotedName).join('.');

/** The same as text that Postgres reads as a name. */
export const relationText = (table: string) =>
  table
    .split('.')
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quotedName(name)))
    .join('.');

/** The trigger of a partitioned table that records each of its rows; its name follows `zz_hotshelf_`. */
export const EACH_ROW = 'record_each_row';

const RECORDED = 'key, version, kind, groups';

/**
 * The trigger functions of all tracked tables, in the schema of the outbox. Their arguments: the beginning of the keys, the
 * key's column, the columns of the groups.
 */
export function trackingRecorders(schema: string): Readonly<Record<string, string>> {
  return {
    record_tracked: recordTracked(schema),
    record_tracked_row: recordTrackedRow(schema),
    record_tracked_truncate: `
      CREATE OR REPLACE FUNCTION ${schema}.record_tracked_truncate() RETURNS trigger ${DEFINED} AS $$
      BEGIN
        PERFORM ${schema}.record_tracked_all(TG_ARGV[0]);
        RETURN NULL;
      END $$`,
    record_tracked_all: `
      CREATE OR REPLACE FUNCTION ${schema}.record_tracked_all(beginning text) RETURNS bigint ${DEFINED} AS $$
      DECLARE
        drawn bigint := nextval('${schema}.catalogue_version');
      BEGIN
        INSERT INTO ${schema}.outbox (${RECORDED}) VALUES (beginning || '*', drawn, 'all', '{}');
        RETURN drawn;
      END $$`,
  };
}

/**
 * A row that is there now is recorded with the groups that it belongs to and belonged to; one that is gone, with a version
 * above its last.
 *
 * An insert that waited for the deletion of the same key was stamped before the deletion was, and is stamped again. That cannot
 * be if all versions since its first one are its own. A snapshot that is older than the deletion does not see that.
 */
export const recordTracked = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.record_tracked() RETURNS trigger ${DEFINED} AS $$
  DECLARE
    named text := '';
    states text;
    must_restamp boolean := false;
    present bigint;
    stamped bigint;
    new_key text;
    old_key text;
    new_groups text[];
    old_groups text[];
  BEGIN
    FOR at IN 2 .. TG_NARGS - 1 LOOP
      named := named || CASE at WHEN 2 THEN '' ELSE ', ' END || format('%L || %I::text', TG_ARGV[at] || ':', TG_ARGV[at]);
    END LOOP;
    -- Most updates change one row and not its key. Short statements: each is planned for each change.
    IF TG_OP = 'UPDATE' THEN
      SELECT count(*) INTO present FROM (SELECT FROM changed LIMIT 2) AS states;
      IF present = 0 THEN RETURN NULL; END IF;
      IF present = 1 THEN
        EXECUTE format($sql$
          SELECT n.version, n.key, o.key, n.groups, o.groups
          FROM (SELECT version, %1$I::text AS key, ARRAY[%2$s]::text[] AS groups FROM changed) AS n,
            (SELECT %1$I::text AS key, ARRAY[%2$s]::text[] AS groups FROM former) AS o
        $sql$, TG_ARGV[1], named) INTO stamped, new_key, old_key, new_groups, old_groups;
        IF new_key = old_key THEN
          IF new_groups <> old_groups THEN
            new_groups := ARRAY(SELECT DISTINCT name FROM unnest(new_groups || old_groups) AS name);
          END IF;
          INSERT INTO ${schema}.outbox (${RECORDED})
          VALUES (TG_ARGV[0] || new_key, stamped, 'row', array_remove(new_groups, NULL));
          RETURN NULL;
        END IF;
      END IF;
    END IF;
    -- Formatted twice: a name may have a percent sign.
    states := format('%%s SELECT %s::text AS key, version, %%L::boolean AS is_there, ARRAY[%s]::text[] AS groups FROM %%s',
      replace(quote_ident(TG_ARGV[1]), '%', '%%'), replace(named, '%', '%%'));
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

/**
 * Row by row: in the replica role, as logical replication fires no triggers of statements; of a partitioned table in every role,
 * as a statement that names a partition fires those of the partition alone, and a new partition has none.
 */
const recordTrackedRow = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.record_tracked_row() RETURNS trigger ${DEFINED} AS $$
  DECLARE
    is_replica boolean := current_setting('session_replication_role') = 'replica';
    state text;
    new_key text;
    old_key text;
    new_groups text[];
    old_groups text[];
    both_groups text[];
  BEGIN
    IF NOT is_replica AND TG_NAME <> 'zz_hotshelf_${EACH_ROW}' THEN RETURN NULL; END IF;
    SELECT format('SELECT ($1).%I::text, ARRAY[%s]::text[]', TG_ARGV[1],
      string_agg(format('%L || ($1).%I::text', name || ':', name), ', '))
    INTO state FROM unnest(TG_ARGV[2:]) AS name;
    IF TG_OP <> 'DELETE' THEN EXECUTE state INTO new_key, new_groups USING NEW; END IF;
    IF TG_OP <> 'INSERT' THEN EXECUTE state INTO old_key, old_groups USING OLD; END IF;
    both_groups := ARRAY(SELECT DISTINCT name FROM unnest(new_groups || old_groups) AS name WHERE name IS NOT NULL);
    IF new_key IS NOT NULL THEN
      INSERT INTO ${schema}.outbox (${RECORDED}) VALUES (TG_ARGV[0] || new_key, NEW.version, 'row', both_groups);
      -- As in record_tracked: a new key may have waited for the deletion of the same.
      IF NOT is_replica AND new_key IS DISTINCT FROM old_key AND (
        current_setting('transaction_isolation') <> 'read committed' OR EXISTS (
          SELECT FROM ${schema}.outbox
          WHERE kind = 'removed' AND key = TG_ARGV[0] || new_key AND outbox.version > NEW.version
        )
      ) THEN
        EXECUTE format('UPDATE %1$I.%2$I SET version = 0 WHERE %3$I = ($1).%3$I AND version = ($1).version',
          TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[1]) USING NEW;
      END IF;
    END IF;
    IF old_key IS NOT NULL AND old_key IS DISTINCT FROM new_key THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES (TG_ARGV[0] || old_key, ${schema}.next_version(OLD.version), 'removed', both_groups);
    END IF;
    RETURN NULL;
  END $$`;
