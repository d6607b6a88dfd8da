import type { EntityManager, MigrationInterface, QueryRunner } from 'typeorm';

/** JavaScript compares versions as numbers, exactly up to twice this. */
export const GREATEST_VERSION = 2 ** 52 - 1;

/** The greatest version of an imported row that the sequence follows: as many are left to draw. */
const GREATEST_FOLLOWED = 2 ** 51;

/** Names are qualified and the path is fixed: neither an empty search_path nor a hostile one changes what they do. */
export const DEFINED = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp';

/**
 * The version of a row's next state: above every one that it has had, also where the row was imported with a greater
 * one, by a session without triggers, or the sequence was set back. The sequence follows, so that a row that is deleted
 * and inserted again does not begin below; but not to where it would run out.
 */
const nextVersion = (schema: string) => `
  CREATE FUNCTION ${schema}.next_version(former bigint) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    drawn bigint := nextval('${schema}.catalogue_version');
  BEGIN
    IF former < drawn OR former >= ${GREATEST_VERSION} THEN RETURN drawn; END IF;
    IF former < ${GREATEST_FOLLOWED} THEN RETURN setval('${schema}.catalogue_version', former + 1); END IF;
    RETURN former + 1;
  END $$`;

/**
 * The row is locked by now: versions of a row are in the order of its commits. It has no path of its own, which would be set for
 * each row; so every name is qualified, operators too.
 */
export const stampRow = (schema: string) => `
  CREATE OR REPLACE FUNCTION ${schema}.stamp_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    NEW.version := pg_catalog.nextval('${schema}.catalogue_version');
    IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
      IF OLD.version OPERATOR(pg_catalog.>=) NEW.version THEN NEW.version := ${schema}.next_version(OLD.version); END IF;
      NEW.last_updated := pg_catalog.clock_timestamp();
    END IF;
    RETURN NEW;
  END $$`;

/** Statements that make functions in a schema, by their names. */
export type Functions = (schema: string) => Readonly<Record<string, string>>;

/** Those that every tracked table uses. */
export const outboxFunctions: Functions = (schema) => ({
  next_version: nextVersion(schema),
  stamp_row: stampRow(schema),
});

/** What is noted of deletions from the outbox. They take turns by the row, so that one who sees the last of them sees all. */
export const NOTES = {
  everyDeletion: `UPDATE outbox_state
      SET pruned_below = greatest(pruned_below, below), pruned_by = pg_current_xact_id() WHERE below IS NOT NULL`,
  thoseBeyond: 'UPDATE outbox_state SET pruned_below = below WHERE below > pruned_below',
} as const;

/** A trigger remembers deletions from the outbox, since a release that does not know of it prunes the outbox as well. */
export const rememberPruned = (note: string) => `
  CREATE OR REPLACE FUNCTION remember_pruned_outbox() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  DECLARE below xid8;
  BEGIN
    IF TG_OP = 'TRUNCATE' THEN
      below := pg_snapshot_xmax(pg_current_snapshot());
    ELSE
      SELECT (transaction::text::numeric + 1)::text::xid8 INTO below
      FROM gone ORDER BY transaction DESC LIMIT 1;
    END IF;
    ${note};
    RETURN NULL;
  END $$`;

/**
 * `kind`: `row`, a row of that version is there now; `removed`, its row is gone; `derived`, an answer that is made of other
 * rows too, so that the order of versions says nothing about it; `all`, everything is stale. `groups`: whose lists are stale.
 */
const OUTBOX = [
  `CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind        text COLLATE "C" NOT NULL DEFAULT 'row',
    groups      text[]
  )`,
  'CREATE INDEX outbox_by_transaction ON outbox (transaction, id)',
  `CREATE INDEX outbox_removals ON outbox (key, version) WHERE kind = 'removed'`,
  // A transaction records a derived answer once, however many of its statements change it.
  `CREATE UNIQUE INDEX outbox_derived ON outbox (transaction, key) WHERE kind = 'derived'`,
  rememberPruned(NOTES.everyDeletion),
  `CREATE TRIGGER remember_pruned AFTER DELETE ON outbox
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_pruned_outbox()`,
  `CREATE TRIGGER remember_truncated AFTER TRUNCATE ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION remember_pruned_outbox()`,
];

/** Below which transaction the outbox is incomplete, which one deleted from it last, and how often an operator emptied the caches. */
const STATE = [
  `CREATE TABLE outbox_state (
    is_only_row  boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
    pruned_below xid8 NOT NULL DEFAULT '0',
    flushes      bigint NOT NULL DEFAULT 0,
    pruned_by    xid8
  )`,
  'INSERT INTO outbox_state DEFAULT VALUES',
];

/** Which process leads the relay of each Redis namespace. */
const LEADERS = `
  CREATE TABLE relay_leaders (
    namespace text PRIMARY KEY,
    leader    text NOT NULL,
    former    text NOT NULL DEFAULT ''
  )`;

/** The answers to requests with an Idempotency-Key, each written in the transaction of its change. */
const IDEMPOTENCY_KEYS = [
  `CREATE TABLE idempotency_keys (
    owner       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    status      smallint NOT NULL,
    etag        text NOT NULL,
    location    text,
    body        text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, key)
  )`,
  'CREATE INDEX idempotency_keys_by_age ON idempotency_keys (recorded_at)',
];

/** The relations that this lib reads and writes, in the order in which they can be made. The names are those of the first release. */
const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  catalogue_version: ['CREATE SEQUENCE catalogue_version'],
  outbox_state: STATE,
  relay_leaders: [LEADERS],
  outbox: OUTBOX,
  idempotency_keys: IDEMPOTENCY_KEYS,
};

/**
 * Makes the relations of the outbox and the functions that are missing.
 *
 * @returns what was made, in words
 */
export async function makeMissing(manager: EntityManager, functions: Functions): Promise<string[]> {
  const made: string[] = [];
  for (const [name, statements] of Object.entries(RELATIONS)) {
    const [{ exists }] = await manager.query('SELECT to_regclass($1) IS NOT NULL AS exists', [name]);
    if (exists) continue;
    for (const statement of statements) await manager.query(statement);
    made.push(`table ${name}`);
  }
  for (const [name, statement] of Object.entries(functions(await schemaOf(manager)))) {
    const [{ exists }] = await manager.query('SELECT to_regproc($1) IS NOT NULL AS exists', [name]);
    if (exists) continue;
    await manager.query(statement);
    await manager.query(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`);
    made.push(`function ${name}`);
  }
  return made;
}

export async function schemaOf(manager: EntityManager): Promise<string> {
  const [{ schema }] = await manager.query('SELECT quote_ident(current_schema()) AS schema');
  return schema;
}

/** Makes what is missing. A database that an earlier release has migrated has all of it. */
export class OutboxSchema1700000000000 implements MigrationInterface {
  readonly name = 'OutboxSchema1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await makeMissing(runner.manager, outboxFunctions);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['idempotency_keys', 'outbox', 'relay_leaders', 'outbox_state'])
      await runner.query(`DROP TABLE ${name}`);
    for (const name of ['remember_pruned_outbox', 'stamp_row', 'next_version'])
      await runner.query(`DROP FUNCTION ${name}`);
    await runner.query('DROP SEQUENCE catalogue_version');
  }
}
