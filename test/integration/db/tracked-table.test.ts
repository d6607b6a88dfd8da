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

const untilWaiting = (database: Catalogue, statements: number) =>
  until('they wait', async () => {
    const waiting = await database.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length === statements;
  });

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
    await database.sql(trackTable(ARTICLES));
  });
  beforeEach(async () => {
    await database.sql('DELETE FROM articles');
    await database.sql('DELETE FROM outbox');
  });
  after(() => database.drop());

  it('gives a version to the rows that it had, and does nothing when it is done again', async () => {
    await database.sql(untrackTable(ARTICLES));
    await database.sql('ALTER TABLE articles DROP COLUMN version');
    await insert('from-before');
    await database.sql(trackTable(ARTICLES));
    assert.ok((await versionOf('from-before')) > 1);
    assert.deepEqual(await shown(), ['all article:* []']);
    await database.sql(trackTable(ARTICLES));
    assert.equal((await recorded()).length, 1);
  });

  it('gives a version to the rows that came while it was not tracked, and has every process empty its caches', async () => {
    await database.sql(untrackTable(ARTICLES));
    await insert('meanwhile');
    assert.deepEqual([await versionOf('meanwhile'), await shown()], [0, []]);
    await database.sql(trackTable(ARTICLES));
    assert.ok((await versionOf('meanwhile')) > 1);
    assert.deepEqual(await shown(), ['all article:* []']);
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
    // The row is deleted, and its deletion gets no version before the insert has one.
    const release = await database.lock('outbox');
    const deleted = database.sql(`DELETE FROM articles WHERE slug = 'a'`);
    await untilWaiting(database, 1);
    const inserted = insert('a');
    await untilWaiting(database, 2);
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
    const faultNow = async () => (await readRecording(client, [recordedTable('articles')])).fault;
    assert.equal(await faultNow(), null);
    await client.query('ALTER TABLE articles DISABLE TRIGGER zz_hotshelf_record_update');
    assert.match((await faultNow()) ?? '', /articles are disabled: zz_hotshelf_record_update/);
    await client.query(untrackTable(ARTICLES));
    assert.match((await faultNow()) ?? '', /articles are missing: .*zz_hotshelf_stamp_update/);
    await client.query(trackTable(ARTICLES));
    assert.equal(await faultNow(), null);
    await client.end();
  });

  it('stamps what a trigger of its own changes of an UPDATE that changed nothing', async () => {
    await database.sql(`CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.title := NEW.title || '.'; RETURN NEW; END $$`);
    await database.sql(
      'CREATE TRIGGER touch BEFORE UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION touch()',
    );
    await insert('a');
    const before = await versionOf('a');
    await database.sql(`UPDATE articles SET slug = slug`);
    await database.sql('DROP TRIGGER touch ON articles');
    assert.ok((await versionOf('a')) > before);
    const unchanged = await versionOf('a');
    await database.sql(`UPDATE articles SET slug = slug`);
    assert.equal(await versionOf('a'), unchanged);
  });

  it('may have any names of tables and columns, and generated columns', async () => {
    const odd = {
      table: `Odd "S'.Art%I; --`,
      key: `The 'Key' %s`,
      prefix: 'odd-Prefix',
      groups: ['authorId'],
    };
    await database.sql(`CREATE SCHEMA "Odd ""S'"`);
    await database.sql(`CREATE TABLE "Odd ""S'"."Art%I; --" ("The 'Key' %s" integer UNIQUE NOT NULL, "authorId" integer,
      twice integer GENERATED ALWAYS AS ("authorId" * 2) STORED)`);
    await database.sql(trackTable(odd));
    await database.sql('DELETE FROM outbox');
    await database.sql(`INSERT INTO "Odd ""S'"."Art%I; --" VALUES (1, 2)`);
    await database.sql(`UPDATE "Odd ""S'"."Art%I; --" SET "authorId" = 3`);
    await database.sql(`DELETE FROM "Odd ""S'"."Art%I; --"`);
    assert.deepEqual(await shown(), [
      'row odd-Prefix:1 [authorId:2]',
      'row odd-Prefix:1 [authorId:2,authorId:3]',
      'removed odd-Prefix:1 [authorId:3]',
    ]);
    const [first, second] = await recorded();
    assert.ok(Number(first?.version) < Number(second?.version));
    const client = await session();
    assert.equal((await readRecording(client, [recordedTable(odd.table)])).fault, null);
    await client.end();
  });

  it('may belong to another role, which is granted the functions', async () => {
    await database.sql('DROP ROLE IF EXISTS tracking_owner');
    await database.sql('CREATE ROLE tracking_owner; CREATE SCHEMA owned AUTHORIZATION tracking_owner');
    const client = await session(
      'SET ROLE tracking_owner',
      'CREATE TABLE owned.things (id uuid PRIMARY KEY)',
    );
    const track = trackTable({ table: 'owned.things', key: 'id', prefix: 'thing' });
    await assert.rejects(client.query(track), /permission denied for function hotshelf_track/);
    const functions = [
      'hotshelf_track, hotshelf_untrack, tracking_fault, stamp_row',
      'record_tracked, record_tracked_row, record_tracked_truncate, record_tracked_all',
    ];
    await database.sql(`GRANT EXECUTE ON FUNCTION ${functions.join()} TO tracking_owner`);
    await client.query(track);
    await assert.rejects(client.query(trackTable({ ...ARTICLES, prefix: 'other' })), /must be owner/);
    await database.sql('DELETE FROM outbox');
    await client.query(`INSERT INTO owned.things VALUES ('00000000-0000-0000-0000-000000000001')`);
    await assert.rejects(client.query('DELETE FROM outbox'), /permission denied/);
    await client.end();
    assert.deepEqual(await shown(), ['row thing:00000000-0000-0000-0000-000000000001 []']);
    await database.sql('DROP OWNED BY tracking_owner CASCADE; DROP ROLE tracking_owner');
  });

  it('is not tracked by names that keys cannot begin with', () => {
    for (const name of [`x'; DROP TABLE articles; --`, 'a:b', '', '1', 'a}b'])
      for (const wrong of [{ groups: [name] }, { prefix: name }])
        assert.throws(() => trackTable({ ...ARTICLES, ...wrong }), TypeError);
  });
});

describe('a partitioned table that is tracked', () => {
  let database: Catalogue;
  const recorded = async () => {
    const rows = await database.sql<Row>('DELETE FROM outbox RETURNING key, version, kind, groups');
    return rows.map(({ key, kind, groups }) => `${kind} ${key} [${groups.join()}]`);
  };

  before(async () => {
    database = await createCatalogue(0);
    await database.sql('CREATE TABLE parts (id bigint PRIMARY KEY, category text) PARTITION BY RANGE (id)');
    await database.sql('CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)');
    // Its columns have another order.
    await database.sql('CREATE TABLE parts_2 (category text, id bigint NOT NULL)');
    await database.sql('ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (100) TO (200)');
    await database.sql(trackTable({ table: 'parts', key: 'id', prefix: 'part', groups: ['category'] }));
    await recorded();
  });
  after(() => database.drop());

  it('records what is changed through it, through a partition, and in a new one', async () => {
    await database.sql(`INSERT INTO parts VALUES (1, 'a'), (101, 'b')`);
    assert.deepEqual(await recorded(), ['row part:1 [category:a]', 'row part:101 [category:b]']);
    await database.sql(`UPDATE parts_2 SET category = 'c'`);
    assert.deepEqual(await recorded(), ['row part:101 [category:b,category:c]']);
    await database.sql('CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM (200) TO (300)');
    await database.sql(`INSERT INTO parts_3 VALUES (201, 'd')`);
    await database.sql(`DELETE FROM parts_3`);
    assert.deepEqual(await recorded(), ['row part:201 [category:d]', 'removed part:201 [category:d]']);
  });

  it('records a row that moves to another partition, and TRUNCATE of both kinds', async () => {
    await database.sql('UPDATE parts SET id = 2 WHERE id = 101');
    assert.deepEqual((await recorded()).toSorted(), [
      'removed part:101 [category:c]',
      'row part:2 [category:c]',
    ]);
    for (const table of ['parts_1', 'parts']) {
      await database.sql(`TRUNCATE ${table}`);
      assert.deepEqual([...new Set(await recorded())], ['all part:* []']);
    }
  });

  it('stamps an insert again that waited for the deletion of its key', async () => {
    await database.sql(`INSERT INTO parts VALUES (7, 'a')`);
    const release = await database.lock('outbox');
    const deleted = database.sql('DELETE FROM parts WHERE id = 7');
    await untilWaiting(database, 1);
    const inserted = database.sql(`INSERT INTO parts VALUES (7, 'a')`);
    await untilWaiting(database, 2);
    await release();
    await Promise.all([deleted, inserted]);
    const [row] = await database.sql<{ version: string }>('SELECT version FROM parts WHERE id = 7');
    const [removed] = await database.sql<Row>(`SELECT version FROM outbox WHERE kind = 'removed'`);
    assert.ok(Number(row?.version) > Number(removed?.version));
    await recorded();
  });

  it('is watched: a partition that comes or goes may bring or take rows that no trigger saw', async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    const look = () => readRecording(client, [recordedTable('parts')]);
    const before = await look();
    assert.equal(before.fault, null);
    await client.query('ALTER TABLE parts DETACH PARTITION parts_2');
    const after = await look();
    assert.equal(after.fault, null);
    assert.notEqual(after.revision, before.revision);
    await client.query(untrackTable({ table: 'parts' }));
    assert.match((await look()).fault ?? '', /parts are missing: zz_hotshelf_stamp_insert/);
    await client.end();
  });
});

describe('hotshelf_track refuses', () => {
  let database: Catalogue;
  const MESSAGES: Readonly<Record<string, RegExp>> = {
    [`'nowhere', 'id', 'x'`]: /relation "nowhere" does not exist/,
    [`NULL, 'id', 'x'`]: /a table, a key and a prefix have to be given/,
    [`'bad', 'id', 'x', '{NULL}'`]: /a table, a key and a prefix have to be given/,
    [`'seen', 'id', 'x'`]: /hotshelf_track of public\.seen: it is no table/,
    [`'parts_1', 'id', 'x'`]: /parts_1: it is a partition: track the table that it is a partition of/,
    [`'kid', 'id', 'x'`]: /kid: it takes part in table inheritance/,
    [`'unlogged', 'id', 'x'`]: /unlogged: it is temporary or unlogged/,
    [`'bad', 'id', 'a:b'`]: /the prefix 'a:b' is not of letters, digits, _ and -/,
    [`'bad', 'nope', 'x'`]: /public\.bad: the column nope does not exist/,
    [`'bad', 'n', 'x'`]: /the column n has the type numeric: a key or a group is one of text, varchar, uuid/,
    [`'bad', 'id', 'x', '{d}'`]: /the column d has the type date:/,
    [`'bad', 't', 'x'`]: /the column t can be null: a key is NOT NULL/,
    [`'bad', 'twice', 'x'`]: /the column twice is not unique by itself/,
    [`'bad', 'id', 'x', '{a:b}'`]: /the column "a:b" is not of letters, digits, _ and -/,
    [`'bad', 'id', 'x', '{t,t}'`]: /the column t is named twice among the groups/,
    [`'versioned', 'id', 'x'`]: /its column version is integer and has to be bigint NOT NULL/,
    [`'bad', 'id', 'part'`]: /the prefix 'part' is that of the table public\.parts/,
  };

  before(async () => {
    database = await createCatalogue(0);
    for (const statement of [
      'CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id)',
      'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)',
      `SELECT hotshelf_track('parts', 'id', 'part')`,
      'CREATE VIEW seen AS SELECT 1 AS id',
      'CREATE TABLE grown (id integer PRIMARY KEY)',
      'CREATE TABLE kid () INHERITS (grown)',
      'CREATE UNLOGGED TABLE unlogged (id integer PRIMARY KEY)',
      'CREATE TABLE versioned (id integer PRIMARY KEY, version integer NOT NULL)',
      `CREATE TABLE bad (id integer PRIMARY KEY, n numeric UNIQUE NOT NULL, d date, t text, "a:b" text,
        twice integer NOT NULL, UNIQUE (twice, id))`,
    ])
      await database.sql(statement);
  });
  after(() => database.drop());

  for (const [given, message] of Object.entries(MESSAGES))
    it(`(${given})`, () => assert.rejects(database.sql(`SELECT hotshelf_track(${given})`), message));

  it('nothing of a key of a domain, an enum or a unique column that is no primary key', async () => {
    await database.sql('CREATE DOMAIN slug AS varchar(10); CREATE DOMAIN slug_of_slug AS slug');
    await database.sql(`CREATE TYPE size AS ENUM ('s', 'm')`);
    await database.sql('CREATE TABLE fine (slug slug_of_slug UNIQUE NOT NULL, size size)');
    await database.sql(`SELECT hotshelf_track('fine', 'slug', 'fine', '{size}')`);
    await database.sql(`INSERT INTO fine VALUES ('a', 's')`);
    const [row] = await database.sql<Row>(`SELECT key, groups FROM outbox WHERE kind = 'row'`);
    assert.deepEqual([row?.key, row?.groups], ['fine:a', ['size:s']]);
  });
});
