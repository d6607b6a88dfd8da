import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DataSource } from 'typeorm';
import { readConfig } from '#libs/config';
import { runMigrations, trackTable } from '#libs/db';
import { OutboxSchema1700000000000 } from '#src/libs/db/src/outbox-schema';
import { migrationDataSource } from '#src/libs/db/src/run-migrations';
import { SHARED_MIGRATIONS } from '#src/libs/db/src/shared-migrations';
import { type Catalogue, createCatalogue, createDatabase } from '../../support/catalogue.ts';

const RELATIONS = ['catalogue_version', 'idempotency_keys', 'outbox', 'outbox_state', 'relay_leaders'];
const MIGRATIONS = [
  'OutboxSchema1700000000000',
  'TrackFunction1700000000009',
  'OutboxDeletions1700000000010',
  'CheaperTriggers1700000000011',
];
const FUNCTIONS = ['next_version', 'remember_pruned_outbox', 'stamp_row'];

/** What Postgres has of the outbox, each thing as the statement that would make it, without the places in its schema. */
const DEFINITIONS = `
  SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS made
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY($1)
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY($1)
  UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid::regclass::text = ANY($1) AND contype <> 'n'
  UNION ALL SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger
    WHERE tgrelid::regclass::text = ANY($1) AND NOT tgisinternal
  UNION ALL SELECT pg_get_functiondef(oid) || coalesce(array_to_string(proacl, ' '), '') FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname = ANY($2)
  UNION ALL SELECT relname || ' ' || relkind::text FROM pg_class WHERE oid::regclass::text = ANY($1)
  ORDER BY 1`;

describe('the outbox of a service that has no catalogue', () => {
  let own: Catalogue;
  let catalogue: Catalogue;

  const configOf = ({ url }: Catalogue) => readConfig({ DATABASE_URL: url }).database;
  const migrate = (database: Catalogue) => runMigrations(configOf(database));
  const definitions = async (database: Catalogue) => {
    const rows = await database.sql<{ made: string }>(DEFINITIONS, [RELATIONS, FUNCTIONS]);
    return rows.map(({ made }) => made);
  };

  before(async () => {
    [own, catalogue] = await Promise.all([createDatabase(), createCatalogue(1)]);
  });
  after(() => Promise.all([own.drop(), catalogue.drop()]));

  it('is made by four migrations, once', async () => {
    assert.deepEqual(await migrate(own), MIGRATIONS);
    assert.deepEqual(await migrate(own), []);
  });

  it('is the one that the migrations of the catalogue make', async () => {
    const made = await definitions(own);
    assert.ok(made.length > 40, made.join('\n'));
    assert.deepEqual(made, await definitions(catalogue));
  });

  it('comes without a table of the catalogue', async () => {
    const tables = await own.sql<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1`,
    );
    const names = tables.map(({ name }) => name).filter((name) => !name.endsWith('_seq'));
    assert.deepEqual(names, [...RELATIONS, 'hotshelf_migrations'].toSorted());
  });

  it('changes nothing in a database that an earlier release has given the catalogue', async () => {
    const before = await definitions(catalogue);
    assert.deepEqual(await migrate(catalogue), ['OutboxSchema1700000000000']);
    assert.deepEqual(await definitions(catalogue), before);
  });

  it('can be taken back', async () => {
    const dataSource = await new DataSource({
      ...migrationDataSource(configOf(own), 0),
      migrations: [OutboxSchema1700000000000, ...SHARED_MIGRATIONS],
    }).initialize();
    for (const _each of MIGRATIONS) await dataSource.undoLastMigration();
    await dataSource.destroy();
    assert.deepEqual(await definitions(own), []);
    assert.deepEqual(await migrate(own), MIGRATIONS);
  });

  it('has all that a tracked table needs', async () => {
    for (const statement of [
      'CREATE TABLE articles (slug text PRIMARY KEY)',
      trackTable({ table: 'articles', key: 'slug', prefix: 'article' }),
      `INSERT INTO articles (slug) VALUES ('hello')`,
    ])
      await own.sql(statement);
    const [row] = await own.sql<{ key: string }>(`SELECT key FROM outbox WHERE kind = 'row'`);
    assert.equal(row?.key, 'article:hello');
  });
});
