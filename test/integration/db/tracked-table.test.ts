import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { recordedTable, type TrackedTable, trackTable, untrackTable } from '#libs/db';
import { readRecording } from '#src/libs/db/src/recording';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

const ARTICLES: TrackedTable = { table: 'articles', key: 'slug', prefix: 'article', groups: ['author'] };

interface Row {
  readonly key: string;
  readonly version: string;
  readonly kind: string;
  readonly groups: string[];
}

describe('a table that trackTable made coherent', () => {
  let database: Catalogue;

  const recorded = () => database.sql<Row>('SELECT key, version, kind, groups FROM outbox ORDER BY id');
  const shown = async () =>
    (await recorded()).map(({ key, kind, groups }) => `${kind} ${key} [${groups.toSorted().join()}]`);
  const versionOf = async (slug: string) =>
    Number((await database.sql<Row>('SELECT version FROM articles WHERE slug = $1', [slug]))[0]?.version);
  const session = async (...statements: string[]) => {
    const client = new pg.Client(database.url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    return client;
  };
  const insert = (slug: string, author: string | null = 'ann') =>
    database.sql('INSERT INTO articles (slug, author, title) VALUES ($1, $2, $1)', [slug, author]);

  before(async () => {
    database = await createCatalogue(0);
    await database.sql('CREATE TABLE articles (slug text PRIMARY KEY, author text, title text NOT NULL)');
    await insert('old');
    for (const statement of trackTable(ARTICLES)) await database.sql(statement);
  });
  beforeEach(async () => {
    await database.sql('DELETE FROM articles');
    await database.sql('DELETE FROM outbox');
  });
  after(() => database.drop());

  it('gives a version to the rows that it had, and does no harm when it is done again', async () => {
    for (const statement of untrackTable(ARTICLES)) await database.sql(statement);
    await database.sql('ALTER TABLE articles DROP COLUMN version');
    await insert('from-before');
    for (const _time of [1, 2]) for (const statement of trackTable(ARTICLES)) await database.sql(statement);
    assert.ok((await versionOf('from-before')) > 1);
  });

  it('records each change with its key, its version and its groups', async () => {
    await insert('a');
    await database.sql(`UPDATE articles SET title = 'A' WHERE slug = 'a'`);
    const version = await versionOf('a');
    await database.sql(`DELETE FROM articles WHERE slug = 'a'`);
    assert.deepEqual(await shown(), [
      'row article:a [author:ann]',
      'row article:a [author:ann]',
      'removed article:a [author:ann]',
    ]);
    const [first, second, removed] = (await recorded()).map((row) => Number(row.version));
    assert.equal(second, version);
    assert.ok(Number(first) < version && version < Number(removed));
  });

  it('records many rows of one statement', async () => {
    await database.sql(`INSERT INTO articles SELECT 'n' || n, 'ann', 't' FROM generate_series(1, 1000) AS n`);
    await database.sql(`UPDATE articles SET title = 'u'`);
    assert.equal(new Set((await recorded()).map(({ key, version }) => `${key} ${version}`)).size, 2_000);
  });

  it('records a move with both groups, and a row of no group with none', async () => {
    await insert('a');
    await insert('alone', null);
    await database.sql('DELETE FROM outbox');
    await database.sql(`UPDATE articles SET author = 'bob' WHERE slug = 'a'`);
    await database.sql(`UPDATE articles SET title = 'x' WHERE slug = 'alone'`);
    assert.deepEqual(await shown(), ['row article:a [author:ann,author:bob]', 'row article:alone []']);
  });

  it('records a new key and the one that is gone', async () => {
    await insert('a');
    await database.sql('DELETE FROM outbox');
    await database.sql(`UPDATE articles SET slug = 'b' WHERE slug = 'a'`);
    assert.deepEqual([...new Set(await shown())].toSorted(), [
      'removed article:a [author:ann]',
      'row article:b [author:ann]',
    ]);
  });

  it('records a TRUNCATE as a change of everything', async () => {
    await insert('a');
    await database.sql('DELETE FROM outbox');
    await database.sql('TRUNCATE articles');
    assert.deepEqual(await shown(), ['all article:* []']);
  });

  it('stamps an insert again that waited for the deletion of its key', async () => {
    await insert('a');
    const untilWaiting = (statements: number) =>
      until('they wait', async () => {
        const waiting = await database.sql(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting.length === statements;
      });
    // The row is deleted, and its deletion gets no version before the insert has one.
    const release = await database.lock('outbox');
    const deleted = database.sql(`DELETE FROM articles WHERE slug = 'a'`);
    await untilWaiting(1);
    const inserted = insert('a');
    await untilWaiting(2);
    await release();
    await Promise.all([deleted, inserted]);
    const removed = (await recorded()).find(({ kind }) => kind === 'removed');
    assert.ok((await versionOf('a')) > Number(removed?.version));
  });

  it('records what logical replication applies, in the replica role', async () => {
    const replica = await session(`SET session_replication_role = 'replica'`);
    await replica.query(`INSERT INTO articles (slug, author, title) VALUES ('a', 'ann', 'A')`);
    await replica.query(`UPDATE articles SET slug = 'b', author = 'bob'`);
    await replica.end();
    assert.deepEqual(await shown(), [
      'row article:a [author:ann]',
      'row article:b [author:ann,author:bob]',
      'removed article:a [author:ann,author:bob]',
    ]);
  });

  it('is watched like the catalogue’s own: a disabled trigger is a fault', async () => {
    const client = await session();
    assert.equal((await readRecording(client, [recordedTable('articles')])).fault, null);
    await client.query('ALTER TABLE articles DISABLE TRIGGER record_update');
    assert.match(
      (await readRecording(client, [recordedTable('articles')])).fault ?? '',
      /articles are disabled: record_update/,
    );
    await client.query('ALTER TABLE articles ENABLE TRIGGER record_update');
    await client.end();
  });

  it('is left alone again by untrackTable', async () => {
    for (const statement of untrackTable(ARTICLES)) await database.sql(statement);
    await insert('a');
    assert.deepEqual(await shown(), []);
    for (const statement of trackTable(ARTICLES)) await database.sql(statement);
  });

  it('takes plain names alone, since they become a part of statements', () => {
    for (const name of [`x'; DROP TABLE articles; --`, 'Articles', ''])
      assert.throws(() => trackTable({ ...ARTICLES, groups: [name] }), TypeError);
  });
});
