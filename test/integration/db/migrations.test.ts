import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { readConfig } from '#libs/config';
import { MigrationError } from '#libs/db';
import { MIGRATIONS, migrateCatalogue } from '#src/apps/api/src/catalogue/migrations/index';
import { migrationDataSource } from '#src/libs/db/src/run-migrations';
import { SHARED_MIGRATIONS } from '#src/libs/db/src/shared-migrations';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

describe('the schema', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());

  it('is brought up to date once, however many processes start at the same time', async () => {
    const { database } = readConfig({ DATABASE_URL: catalogue.url });
    await catalogue.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const runs = await Promise.all([1, 2, 3].map(() => migrateCatalogue(database)));
    assert.equal(runs.filter((ran) => ran.length > 0).length, 1);
    assert.deepEqual(await migrateCatalogue(database), []);
  });

  it('gives every change a greater version, by any client', async () => {
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('c', 'C')`);
    const [inserted] = await catalogue.sql<{ version: string }>(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('p', 'P', 1, 1, 'c') RETURNING version`,
    );
    const [updated] = await catalogue.sql<{ version: string }>(
      `UPDATE products SET stock = 2 WHERE id = 'p' RETURNING version`,
    );
    assert.ok(Number(updated?.version) > Number(inserted?.version));
  });

  it('dates every change, also one that forgets to', async () => {
    const [before] = await catalogue.sql<{ last_updated: Date }>(
      `SELECT last_updated FROM products WHERE id = 'p'`,
    );
    const [after] = await catalogue.sql<{ last_updated: Date }>(
      `UPDATE products SET stock = 3 WHERE id = 'p' RETURNING last_updated`,
    );
    assert.ok(before !== undefined && after !== undefined && after.last_updated > before.last_updated);
  });

  it('refuses stock below 0 and prices that are not above 0', async () => {
    await assert.rejects(catalogue.sql(`UPDATE products SET stock = -1 WHERE id = 'p'`), /stock/);
    await assert.rejects(catalogue.sql(`UPDATE products SET price = 0 WHERE id = 'p'`), /price/);
  });
});

describe('a migration of a database that is in use', () => {
  let catalogue: Catalogue;

  const config = () => readConfig({ DATABASE_URL: catalogue.url }).database;
  /** Takes the last migrations back, as many as change the triggers. */
  const takeBack = async () => {
    const dataSource = await new DataSource({
      ...migrationDataSource(config(), 0),
      migrations: [...MIGRATIONS, ...SHARED_MIGRATIONS],
    }).initialize();
    for (let n = 0; n < 6; n += 1) await dataSource.undoLastMigration({ transaction: 'each' });
    await dataSource.destroy();
  };
  const stamps = async () => {
    const [row] = await catalogue.sql<{ version: string }>(
      `UPDATE products SET stock = stock + 1 WHERE id = 'prod-1' RETURNING version`,
    );
    return Number(row?.version);
  };

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  beforeEach(takeBack);
  after(() => catalogue.drop());

  it('waits for a report whose transaction stays open, and holds up no read behind it', async () => {
    const end = await catalogue.hold('SELECT count(*) FROM products');
    const blocked: string[] = [];
    const migrated = migrateCatalogue(config(), { onBlocked: (sessions) => blocked.push(sessions) });
    let slowestMs = 0;
    while (blocked.length === 0 || slowestMs === 0) {
      const startMs = performance.now();
      await catalogue.sql(`SELECT * FROM products WHERE id = 'prod-1'`);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      await pause(5);
    }
    await end();
    assert.ok(slowestMs < 1_000, `${slowestMs} ms`);
    assert.match(blocked[0] ?? '', /^process \d+ \(/);
    assert.equal((await migrated).length, 6);
  });

  it('gives up after its time with a code, and with those who are in the way', async () => {
    const end = await catalogue.hold('SELECT count(*) FROM products');
    const rejected = await migrateCatalogue(config(), { giveUpAfterMs: 0 }).catch((error: unknown) => error);
    await end();
    assert.ok(rejected instanceof MigrationError);
    assert.equal(rejected.code, 'MIGRATION_BLOCKED');
    assert.match(rejected.message, /^MIGRATION_BLOCKED: a table is in use for too long by process \d+/);
    assert.equal((await migrateCatalogue(config())).length, 6);
  });

  it('changes nothing of what the triggers record when it is taken back', async () => {
    const before = await stamps();
    const [row] = await catalogue.sql<{ rows: number }>(
      `SELECT count(*)::int AS rows FROM outbox WHERE key = 'product:prod-1' AND version = ${before}`,
    );
    assert.equal(row?.rows, 1);
    await migrateCatalogue(config());
    assert.ok((await stamps()) > before);
  });

  it('stamps rows that were imported with versions of no use', async () => {
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, version) VALUES ('huge', 'H', 1, 1, 9007199254740993), ('negative', 'N', 1, 1, -5)`,
    );
    await migrateCatalogue(config());
    const rows = await catalogue.sql<{ version: string }>(
      `DELETE FROM products WHERE id IN ('huge', 'negative') RETURNING version`,
    );
    for (const { version } of rows) assert.ok(Number(version) > 0 && Number(version) < 1_000_000, version);
  });

  it('takes over what an earlier release noted among the migrations of others', async () => {
    await migrateCatalogue(config());
    await catalogue.sql('ALTER TABLE hotshelf_migrations RENAME TO migrations');
    await catalogue.sql(`INSERT INTO migrations (timestamp, name) VALUES (1, 'SomebodyElse1')`);
    assert.deepEqual(await migrateCatalogue(config()), []);
    const names = await catalogue.sql<{ name: string }>('SELECT name FROM hotshelf_migrations');
    assert.ok(names.length > 0 && names.every(({ name }) => name !== 'SomebodyElse1'));
    await catalogue.sql('DROP TABLE migrations');
  });

  it('does not mind a table of that name with other columns', async () => {
    await migrateCatalogue(config());
    await catalogue.sql('CREATE TABLE migrations (version integer)');
    assert.deepEqual(await migrateCatalogue(config()), []);
    await catalogue.sql('DROP TABLE migrations');
  });

  it('says with a code what failed, where the database cannot be reached', async () => {
    await migrateCatalogue(config());
    const { database } = readConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    await assert.rejects(migrateCatalogue(database), /^MigrationError: MIGRATION_FAILED: /);
  });
});
