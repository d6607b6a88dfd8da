import { GREATEST_VERSION } from './outbox-schema.js';
import { EACH_ROW } from './tracked-table.js';

/** `char(n)` is not among them: its text depends on where it is converted. */
const STABLE_TYPES = ['text', 'varchar', 'uuid', 'smallint', 'integer', 'bigint', 'boolean'];

/** Runs as its caller, who owns the table: nothing that it does is beyond that role. */
const DEFINED = 'SET search_path = pg_catalog, pg_temp';

/**
 * `hotshelf_track` and `hotshelf_untrack`, for migrations of any tool, in the schema of the outbox. Not in one of the name hotshelf: a role
 * of that name would have it first in its search path, and make its tables there.
 *
 * The triggers of a table come last of all by their names: one of its own may still change a row that an UPDATE left as it was.
 */
export function trackFunctions(schema: string): Readonly<Record<string, string>> {
  return {
    tracking_fault: trackingFault(schema),
    hotshelf_untrack: untrack(schema),
    hotshelf_track: track(schema),
  };
}

/** Why a table cannot be tracked so; null if it can. */
const trackingFault = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.tracking_fault(relation regclass, key text, prefix text, groups text[]) RETURNS text
  LANGUAGE sql STABLE ${DEFINED} AS $$
    SELECT fault FROM (
      SELECT 0, 'a table, a key and a prefix have to be given'
      WHERE $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL OR array_position($4, NULL) IS NOT NULL
      UNION ALL
      SELECT 1, CASE
        WHEN relispartition THEN 'it is a partition: track the table that it is a partition of'
        WHEN relkind NOT IN ('r', 'p') THEN 'it is no table'
        WHEN relpersistence <> 'p' THEN 'it is temporary or unlogged: a crash empties it, and no trigger fires'
        WHEN EXISTS (SELECT FROM pg_inherits WHERE $1 IN (inhrelid, inhparent)) AND relkind = 'r'
          THEN 'it takes part in table inheritance: statements that name another table change its rows'
      END
      FROM pg_class WHERE oid = $1
      UNION ALL
      SELECT 2, format('the prefix %L is not of letters, digits, _ and -, the first no digit: keys begin with it', $3)
      WHERE $3 !~ '^[A-Za-z_][A-Za-z0-9_-]*$'
      UNION ALL
      SELECT 2 + at, 'the column ' || quote_ident(name) || ' ' || CASE
        WHEN attnum IS NULL THEN 'does not exist'
        WHEN base.typtype <> 'e' AND base.oid <> ALL ('{${STABLE_TYPES}}'::regtype[]) THEN format(
          'has the type %s: a key or a group is one of ${STABLE_TYPES.join(', ')} or an enum, whose equal values have one text',
          format_type(atttypid, atttypmod))
        WHEN NOT collisdeterministic THEN 'has a nondeterministic collation: equal values have several texts'
        WHEN attgenerated = 'v' THEN 'is a virtual generated column: triggers do not see its values'
        WHEN at = 1 AND NOT attnotnull THEN 'can be null: a key is NOT NULL'
        WHEN at = 1 AND NOT EXISTS (
          SELECT FROM pg_index WHERE indrelid = $1 AND indisunique AND indisvalid AND indpred IS NULL
          AND indnkeyatts = 1 AND indkey[0] = attnum
        ) THEN 'is not unique by itself: a key has a primary key or a unique index of this one column'
        WHEN at > 1 AND name !~ '^[A-Za-z_][A-Za-z0-9_-]*$'
          THEN 'is not of letters, digits, _ and -, the first no digit: keys of lists begin with a group'
        WHEN at > 1 AND name = ANY ($4[:at - 2]) THEN 'is named twice among the groups'
      END
      FROM unnest($2 || $4) WITH ORDINALITY AS named (name, at)
      LEFT JOIN pg_attribute ON attrelid = $1 AND attname = name AND attnum > 0 AND NOT attisdropped
      LEFT JOIN LATERAL (
        WITH RECURSIVE based AS (
          SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = atttypid
          UNION ALL
          SELECT pg_type.oid, pg_type.typtype, pg_type.typbasetype FROM pg_type JOIN based ON pg_type.oid = based.typbasetype
        )
        SELECT oid, typtype FROM based WHERE typbasetype = 0
      ) AS base ON true
      LEFT JOIN pg_collation ON pg_collation.oid = attcollation
      UNION ALL
      SELECT 1000, format('its column %I is %s and has to be %s NOT NULL: each change gives it a value', attname,
        format_type(atttypid, atttypmod), wanted::regtype)
      FROM (VALUES ('version', 'bigint'), ('last_updated', 'timestamptz')) AS own (name, wanted)
      JOIN pg_attribute ON attrelid = $1 AND attname = name AND NOT attisdropped
      WHERE atttypid <> wanted::regtype OR NOT attnotnull
      UNION ALL
      SELECT 1001, format('the prefix %L is that of the table %s', $3, tgrelid::regclass)
      FROM pg_trigger WHERE tgname = 'zz_hotshelf_record_truncate' AND tgrelid <> $1
      AND tgrelid NOT IN (SELECT inhrelid FROM pg_inherits)
      AND substring(tgargs FOR length($3) + 2) = convert_to($3 || ':', getdatabaseencoding()) || '\\x00'::bytea
    ) AS faults (rank, fault)
    WHERE fault IS NOT NULL ORDER BY rank LIMIT 1
  $$`;

/** Names follow `zz_hotshelf_`; the definition of the update's stamp has a condition that not every table can have. */
const triggers = (schema: string) => `(VALUES
        ('stamp_insert', 'rp', 'ALWAYS', 'BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION ${schema}.stamp_row()'),
        ('stamp_update', 'rp', 'ALWAYS', 'BEFORE UPDATE ON %1$s FOR EACH ROW %3$s EXECUTE FUNCTION ${schema}.stamp_row()'),
        ('record_insert', 'r', '', 'AFTER INSERT ON %1$s REFERENCING NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked(%2$s)'),
        ('record_update', 'r', '', 'AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS former NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked(%2$s)'),
        ('record_delete', 'r', '', 'AFTER DELETE ON %1$s REFERENCING OLD TABLE AS former
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked(%2$s)'),
        ('record_row', 'r', 'REPLICA', 'AFTER INSERT OR UPDATE OR DELETE ON %1$s
          FOR EACH ROW EXECUTE FUNCTION ${schema}.record_tracked_row(%2$s)'),
        ('${EACH_ROW}', 'p', 'ALWAYS', 'AFTER INSERT OR UPDATE OR DELETE ON %1$s
          FOR EACH ROW EXECUTE FUNCTION ${schema}.record_tracked_row(%2$s)'),
        ('record_truncate', 'rp', 'ALWAYS', 'AFTER TRUNCATE ON %1$s
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked_truncate(%2$s)')
      ) AS wanted (name, kinds, mode, definition)`;

const track = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.hotshelf_track(relation regclass, key text, prefix text, groups text[] DEFAULT '{}') RETURNS void
  LANGUAGE plpgsql ${DEFINED} AS $$
  DECLARE
    fault text := ${schema}.tracking_fault($1, $2, $3, $4);
    args text[] := $3 || ':' || ARRAY[$2] || $4;
    listed text := (SELECT string_agg(quote_literal(arg), ', ' ORDER BY at) FROM unnest(args) WITH ORDINALITY AS u (arg, at));
    bytes bytea := (SELECT string_agg(convert_to(arg, getdatabaseencoding()) || '\\x00', '' ORDER BY at)
      FROM unnest(args) WITH ORDINALITY AS u (arg, at));
    kind "char";
    namespace oid;
    definer name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '${schema}.outbox'::regclass);
    drawn bigint;
    condition text;
    made record;
  BEGIN
    SELECT relkind, relnamespace INTO kind, namespace FROM pg_class WHERE oid = $1;
    IF fault IS NULL AND NOT has_schema_privilege(definer, namespace, 'USAGE') THEN
      fault := format('the role of the triggers has no USAGE on its schema: GRANT USAGE ON SCHEMA %s TO %I', namespace::regnamespace, definer);
    END IF;
    IF fault IS NOT NULL THEN
      RAISE EXCEPTION 'hotshelf_track of %: %', coalesce($1::text, 'no table'), fault
      USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Another run of the same: triggers that are made again would have every process empty its caches.
    IF kind = 'r' AND (
      SELECT count(*) = (SELECT count(*) FROM ${triggers(schema)} WHERE kinds LIKE '%r%')
        AND bool_and(tgname LIKE '%stamp%' OR tgargs = bytes)
        AND bool_and(tgenabled = CASE mode WHEN '' THEN 'O' ELSE left(mode, 1) END)
      FROM pg_trigger JOIN ${triggers(schema)} ON tgname = 'zz_hotshelf_' || name WHERE tgrelid = $1
    ) THEN
      RETURN;
    END IF;

    PERFORM ${schema}.hotshelf_untrack($1);
    IF NOT (has_table_privilege(definer, $1, 'SELECT') AND has_table_privilege(definer, $1, 'UPDATE')) THEN
      EXECUTE format('GRANT SELECT, UPDATE ON %s TO %I', $1, definer);
    END IF;
    drawn := ${schema}.record_tracked_all(args[1]);
    -- Constant defaults rewrite no table; volatile ones would.
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1 AND attname = 'version' AND NOT attisdropped) THEN
      EXECUTE format('ALTER TABLE %s ADD version bigint NOT NULL DEFAULT %s,
        ADD CHECK (version BETWEEN 0 AND ${GREATEST_VERSION}) NOT VALID', $1, drawn);
      EXECUTE format('ALTER TABLE %s ALTER version SET DEFAULT 0', $1);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1 AND attname = 'last_updated' AND NOT attisdropped) THEN
      EXECUTE format('ALTER TABLE %s ADD last_updated timestamptz NOT NULL DEFAULT now()', $1);
      EXECUTE format('ALTER TABLE %s ALTER last_updated SET DEFAULT clock_timestamp()', $1);
    END IF;
    -- Of a row with a generated column, the new state is not whole before the triggers have run.
    condition := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1 AND attgenerated <> '') THEN ''
      ELSE 'WHEN (OLD.* *<> NEW.*)' END;
    FOR made IN SELECT *, name LIKE 'stamp%' AS stamps FROM ${triggers(schema)} WHERE strpos(kinds, kind::text) > 0
      ORDER BY stamps DESC, name
    LOOP
      IF NOT made.stamps AND drawn IS NOT NULL THEN
        -- Rows that came while the table was not tracked, before anything records them one by one.
        EXECUTE format('UPDATE %s SET version = 1 WHERE version < 1', $1);
        drawn := NULL;
      END IF;
      EXECUTE format('CREATE TRIGGER %I ', 'zz_hotshelf_' || made.name) || format(made.definition, $1, listed, condition);
      EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', $1, made.mode, 'zz_hotshelf_' || made.name);
    END LOOP;
    FOR made IN SELECT relid FROM pg_partition_tree($1) WHERE level > 0 LOOP
      EXECUTE format('CREATE TRIGGER zz_hotshelf_record_truncate AFTER TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_tracked_truncate(%s)', made.relid, listed);
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zz_hotshelf_record_truncate', made.relid);
    END LOOP;
  END $$`;

const untrack = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.hotshelf_untrack(relation regclass) RETURNS void
  LANGUAGE plpgsql ${DEFINED} AS $$
  DECLARE
    made record;
  BEGIN
    FOR made IN
      SELECT tgname, tgrelid::regclass AS concerned FROM pg_trigger
      WHERE tgname LIKE 'zz\\_hotshelf\\_%' AND tgparentid = 0
      AND (tgrelid = $1 OR tgrelid IN (SELECT relid FROM pg_partition_tree($1)))
    LOOP
      EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.concerned);
    END LOOP;
  END $$`;
