import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The triggers of 0001 to 0005, replaced. An outbox row says what kind of change it is and which groups of lists it
 * makes stale; inserts are stamped too; changes are recorded also in the replica role and by TRUNCATE; and a change of a
 * single row costs one statement more, without dynamic SQL and without NOTIFY, which cannot be prepared for a two-phase
 * commit and takes a database-wide lock at every commit.
 *
 * `key` and `version` mean what they meant: the previous release goes on reading them. The previous functions stay for
 * `down`.
 */
export class RecordedKinds1700000000007 implements MigrationInterface {
  readonly name = 'RecordedKinds1700000000007';

  async up(runner: QueryRunner): Promise<void> {
    const schema = await schemaOf(runner);
    // In the order in which a writer takes them.
    await runner.query('LOCK TABLE products, categories, outbox IN ACCESS EXCLUSIVE MODE');
    for (const statement of [...outbox(), ...functions(schema)]) await runner.query(statement);
    await this.replaceTriggers(runner, schema);
    for (const table of TABLES) {
      // Nothing that is there is looked at under this lock; 0008 validates it.
      await runner.query(`ALTER TABLE ${table} ALTER version SET DEFAULT 0,
        ADD CONSTRAINT ${table}_version_range CHECK (version BETWEEN 0 AND ${GREATEST_VERSION}) NOT VALID`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = await schemaOf(runner);
    for (const table of TABLES) {
      for (const { name } of triggersOf(table, schema))
        await runner.query(`DROP TRIGGER ${name} ON ${table}`);
      await runner.query(
        `ALTER TABLE ${table} DROP CONSTRAINT ${table}_version_range, ALTER version SET DEFAULT nextval('catalogue_version')`,
      );
    }
    for (const statement of formerTriggers()) await runner.query(statement);
    for (const name of FUNCTIONS) await runner.query(`DROP FUNCTION ${name}`);
    await runner.query('ALTER TABLE outbox DROP COLUMN kind, DROP COLUMN groups');
    await runner.query('CREATE INDEX outbox_by_key ON outbox (key, version)');
  }

  private async replaceTriggers(runner: QueryRunner, schema: string): Promise<void> {
    for (const { name, table } of FORMER_TRIGGERS) await runner.query(`DROP TRIGGER ${name} ON ${table}`);
    for (const table of TABLES) {
      for (const { name, definition, fires } of triggersOf(table, schema)) {
        await runner.query(`CREATE TRIGGER ${name} ${definition}`);
        if (fires !== 'in the origin role')
          await runner.query(`ALTER TABLE ${table} ENABLE ${ENABLE[fires]} TRIGGER ${name}`);
      }
    }
  }
}

export const TABLES = ['products', 'categories'] as const;
export type Table = (typeof TABLES)[number];

const FORMER_TRIGGERS = [
  { name: 'stamp_change', table: 'products' },
  { name: 'stamp_change', table: 'categories' },
  ...['insert', 'update', 'delete'].flatMap((event) => [
    { name: `record_${event}`, table: 'products' },
    { name: `record_${event}`, table: 'categories' },
    { name: `record_listing_${event}`, table: 'products' },
  ]),
];

/** In the order of `functions`. */
export const FUNCTIONS = [
  'next_version',
  'stamp_row',
  'record_products',
  'record_product',
  'note_move',
  'record_categories',
  'record_category',
  'record_truncate',
];

/** JavaScript compares versions as numbers, exactly up to twice this. */
export const GREATEST_VERSION = 2 ** 52 - 1;

/** The greatest version of an imported row that the sequence follows: as many are left to draw. */
const GREATEST_FOLLOWED = 2 ** 51;

export async function schemaOf(runner: QueryRunner): Promise<string> {
  const [row] = await runner.query('SELECT quote_ident(current_schema()) AS schema');
  return row.schema;
}

/**
 * `kind`: `row`, a row of that version is there now; `removed`, its row is gone; `derived`, an answer that is made of other
 * rows too, so that the order of versions says nothing about it; `all`, everything is stale.
 * `groups`: whose lists are stale; NULL in rows of the previous triggers.
 */
function outbox(): string[] {
  return [
    `ALTER TABLE outbox ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'row', ADD COLUMN groups text[]`,
    'DROP INDEX outbox_by_key',
    `CREATE INDEX outbox_removals ON outbox (key, version) WHERE kind = 'removed'`,
    // A transaction records a derived answer once, however many of its statements change it.
    `CREATE UNIQUE INDEX outbox_derived ON outbox (transaction, key) WHERE kind = 'derived'`,
  ];
}

/** Names are qualified and the path is fixed: neither an empty search_path nor a hostile one changes what they do. */
const DEFINED = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp';

export function functions(schema: string): string[] {
  return [
    nextVersion(schema),
    stampRow(schema),
    recordProducts(schema),
    recordProduct(schema),
    noteMove(schema),
    recordCategories(schema),
    recordCategory(schema),
    recordTruncate(schema),
    ...FUNCTIONS.map((name) => `REVOKE EXECUTE ON FUNCTION ${schema}.${name} FROM PUBLIC`),
  ];
}

const next = (schema: string) => `nextval('${schema}.catalogue_version')`;

/**
 * The version of a row's next state: above every one that it has had, also where the row was imported with a greater
 * one, by a session without triggers, or the sequence was set back. The sequence follows, so that a row that is deleted
 * and inserted again does not begin below; but not to where it would run out.
 */
const nextVersion = (schema: string) => `
  CREATE FUNCTION ${schema}.next_version(former bigint) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    drawn bigint := ${next(schema)};
  BEGIN
    IF former < drawn OR former >= ${GREATEST_VERSION} THEN RETURN drawn; END IF;
    IF former < ${GREATEST_FOLLOWED} THEN RETURN setval('${schema}.catalogue_version', former + 1); END IF;
    RETURN former + 1;
  END $$`;

/** The row is locked by now: versions of a row are in the order of its commits. */
const stampRow = (schema: string) => `
  CREATE FUNCTION ${schema}.stamp_row() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    NEW.version := ${next(schema)};
    IF TG_OP = 'UPDATE' THEN
      IF OLD.version >= NEW.version THEN NEW.version := ${schema}.next_version(OLD.version); END IF;
      NEW.last_updated := clock_timestamp();
    END IF;
    RETURN NEW;
  END $$`;

const RECORDED = 'key, version, kind, groups';
const NO_GROUPS = `'{}'::text[]`;
const ONCE = `ON CONFLICT (transaction, key) WHERE kind = 'derived' DO NOTHING`;

/** What a category's change, or one of its products, makes stale: its pages, and the lists of all. */
const groupsOf = (id: string) => `ARRAY['category:*', 'category:' || ${id}]`;

/** The categories of some rows; a product of none is on the page of all. */
const countedIn = (schema: string, rows: string) => `
  SELECT 'category:' || coalesce(category_id, '*'), ${next(schema)}, 'derived',
    CASE WHEN category_id IS NULL THEN ARRAY['category:*'] ELSE ${groupsOf('category_id')} END
  FROM (SELECT DISTINCT category_id FROM ${rows}) AS counted`;

/**
 * An insert that waited for the deletion of the same id was stamped before the deletion was, and is stamped again. That
 * cannot be if all versions since its first one are its own. A snapshot that is older than the deletion does not see that,
 * but the row that was deleted.
 *
 * The search is planned each time (EXECUTE): a plan that was made for a small outbox reads all of a large one.
 */
const recordProducts = (schema: string) => `
  CREATE FUNCTION ${schema}.record_products() RETURNS trigger ${DEFINED} AS $$
  DECLARE
    drawn_by_others boolean;
  BEGIN
    IF TG_OP = 'UPDATE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'product:' || id, version, 'row', ${NO_GROUPS} FROM changed;
      IF current_setting('hotshelf.moved', true) = 'yes' THEN ${recordMoves(schema)}
      END IF;
      RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'product:' || id, ${schema}.next_version(version), 'removed', ${NO_GROUPS} FROM former;
      INSERT INTO ${schema}.outbox (${RECORDED})
      ${countedIn(schema, 'former')}
      ${ONCE};
      RETURN NULL;
    END IF;
    SELECT (SELECT last_value FROM ${schema}.catalogue_version) - min(version) >= count(*)
    INTO drawn_by_others FROM changed;
    IF drawn_by_others THEN
      EXECUTE $sql$
        UPDATE ${schema}.products SET version = 0 FROM changed
        WHERE products.id = changed.id AND products.version = changed.version AND ($1 OR EXISTS (
          SELECT FROM ${schema}.outbox
          WHERE kind = 'removed' AND key = 'product:' || changed.id AND outbox.version > changed.version
        ))
      $sql$ USING current_setting('transaction_isolation') <> 'read committed';
    END IF;
    INSERT INTO ${schema}.outbox (${RECORDED})
    SELECT 'product:' || id, version, 'row', ${NO_GROUPS} FROM changed;
    INSERT INTO ${schema}.outbox (${RECORDED})
    ${countedIn(schema, 'changed')}
    ${ONCE};
    RETURN NULL;
  END $$`;

/**
 * Notes that a product of the statement gets another id or category. Most updates move none: whether one does costs a
 * comparison here, and a query over both states of the rows there.
 */
const noteMove = (schema: string) => `
  CREATE FUNCTION ${schema}.note_move() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    PERFORM set_config('hotshelf.moved', 'yes', true);
    RETURN NULL;
  END $$`;

/** A new id may have waited for a deletion, as an insert may. Rows are compared by hashes, whatever plan is kept. */
const recordMoves = (schema: string) => `
      PERFORM set_config('hotshelf.moved', '', true);
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'product:' || id, ${schema}.next_version(max(version)), 'removed', ${NO_GROUPS}
      FROM (SELECT id, version, true AS is_former FROM former UNION ALL SELECT id, version, false FROM changed) AS states
      GROUP BY id HAVING bool_and(is_former);
      EXECUTE $sql$
        UPDATE ${schema}.products SET version = 0
        WHERE (id, version) IN (SELECT id, version FROM changed) AND id NOT IN (SELECT id FROM former)
      $sql$;
      INSERT INTO ${schema}.outbox (${RECORDED})
      ${countedIn(
        schema,
        `(
        (SELECT id, category_id FROM former EXCEPT SELECT id, category_id FROM changed)
        UNION ALL
        (SELECT id, category_id FROM changed EXCEPT SELECT id, category_id FROM former)
      ) AS moved`,
      )}
      ${ONCE};`;

/** `ENABLE TRIGGER ALL` after an import lets it fire in every role, where the statement's trigger has recorded the change. */
const ONLY_AS_REPLICA = `IF current_setting('session_replication_role') <> 'replica' THEN RETURN NULL; END IF;`;

/** In the replica role, row by row: logical replication fires no triggers of statements. */
const recordProduct = (schema: string) => `
  CREATE FUNCTION ${schema}.record_product() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    ${ONLY_AS_REPLICA}
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES ('product:' || NEW.id, NEW.version, 'row', ${NO_GROUPS});
    END IF;
    IF TG_OP = 'DELETE' OR OLD.id <> NEW.id THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      VALUES ('product:' || OLD.id, ${schema}.next_version(OLD.version), 'removed', ${NO_GROUPS});
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.id = NEW.id AND OLD.category_id IS NOT DISTINCT FROM NEW.category_id THEN
      RETURN NULL;
    END IF;
    INSERT INTO ${schema}.outbox (${RECORDED})
    ${countedIn(schema, "(VALUES (TG_OP <> 'INSERT', OLD.category_id), (TG_OP <> 'DELETE', NEW.category_id)) AS of (concerned, category_id) WHERE concerned")}
    ${ONCE};
    RETURN NULL;
  END $$`;

const recordCategories = (schema: string) => `
  CREATE FUNCTION ${schema}.record_categories() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'category:' || id, version, 'derived', ${groupsOf('id')} FROM changed
      ${ONCE};
    END IF;
    IF TG_OP = 'UPDATE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'category:' || id, ${next(schema)}, 'derived', ${groupsOf('id')}
      FROM (SELECT id FROM former EXCEPT SELECT id FROM changed) AS gone
      ${ONCE};
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO ${schema}.outbox (${RECORDED})
      SELECT 'category:' || id, ${next(schema)}, 'derived', ${groupsOf('id')} FROM former
      ${ONCE};
    END IF;
    RETURN NULL;
  END $$`;

const recordCategory = (schema: string) => `
  CREATE FUNCTION ${schema}.record_category() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    ${ONLY_AS_REPLICA}
    INSERT INTO ${schema}.outbox (${RECORDED})
    SELECT 'category:' || id, ${next(schema)}, 'derived', ${groupsOf('id')}
    FROM (SELECT DISTINCT id FROM (VALUES (OLD.id), (NEW.id)) AS both_ids (id) WHERE id IS NOT NULL) AS concerned
    ${ONCE};
    RETURN NULL;
  END $$`;

/** Everything that is made of a table is stale. The rows that went are not recorded one by one: they may be many. */
const recordTruncate = (schema: string) => `
  CREATE FUNCTION ${schema}.record_truncate() RETURNS trigger ${DEFINED} AS $$
  BEGIN
    INSERT INTO ${schema}.outbox (${RECORDED}) VALUES ('product:*', ${next(schema)}, 'all', ARRAY['category:*']);
    RETURN NULL;
  END $$`;

export type Fires = 'in the origin role' | 'in the replica role' | 'in every role';

export const ENABLE = { 'in the replica role': 'REPLICA', 'in every role': 'ALWAYS' } as const;

export interface Trigger {
  readonly name: string;
  readonly definition: string;
  readonly fires: Fires;
}

/** What a table has for its changes to be recorded. */
export function triggersOf(table: Table, schema: string): Trigger[] {
  const [statements, rows] =
    table === 'products' ? ['record_products', 'record_product'] : ['record_categories', 'record_category'];
  const perStatement = (event: string, transition: string): Trigger => ({
    name: `record_${event.toLowerCase()}`,
    definition: `AFTER ${event} ON ${table} REFERENCING ${transition}
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.${statements}()`,
    fires: 'in the origin role',
  });
  const stamp = (name: string, when: string): Trigger => ({
    name,
    definition: `BEFORE ${when} EXECUTE FUNCTION ${schema}.stamp_row()`,
    fires: 'in every role',
  });
  const always: Trigger[] = [
    stamp('stamp_insert', `INSERT ON ${table} FOR EACH ROW`),
    // An update that changes nothing is none. Compared by image, as columns without an equality may be added.
    stamp('stamp_change', `UPDATE ON ${table} FOR EACH ROW WHEN (OLD.* *<> NEW.*)`),
    perStatement('INSERT', 'NEW TABLE AS changed'),
    perStatement('UPDATE', 'OLD TABLE AS former NEW TABLE AS changed'),
    perStatement('DELETE', 'OLD TABLE AS former'),
    {
      name: 'record_row',
      definition: `AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.${rows}()`,
      fires: 'in the replica role',
    },
    {
      name: 'record_truncate',
      definition: `AFTER TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.record_truncate()`,
      fires: 'in every role',
    },
  ];
  if (table === 'categories') return always;
  const move: Trigger = {
    name: 'note_move',
    definition: `AFTER UPDATE ON ${table} FOR EACH ROW
      WHEN (OLD.id <> NEW.id OR OLD.category_id IS DISTINCT FROM NEW.category_id)
      EXECUTE FUNCTION ${schema}.note_move()`,
    fires: 'in the origin role',
  };
  return [...always, move];
}

function formerTriggers(): string[] {
  const statement = (name: string, table: string, recorder: string) =>
    [
      ['INSERT', 'NEW TABLE AS changed'],
      ['UPDATE', 'OLD TABLE AS former NEW TABLE AS changed'],
      ['DELETE', 'OLD TABLE AS former'],
    ].map(
      ([event = '', transition]) => `
        CREATE TRIGGER ${name}_${event.toLowerCase()} AFTER ${event} ON ${table} REFERENCING ${transition}
        FOR EACH STATEMENT EXECUTE FUNCTION ${recorder}()`,
    );
  return [
    ...TABLES.map(
      (table) =>
        `CREATE TRIGGER stamp_change BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION stamp_change()`,
    ),
    ...statement('record', 'products', 'record_product_changes'),
    ...statement('record', 'categories', 'record_category_changes'),
    ...statement('record_listing', 'products', 'record_uncategorised_listing'),
  ];
}
