import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConflictException, Controller, type DynamicModule, Get, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { register } from 'prom-client';
import { readConfig } from '#libs/config';
import { migration, runMigrations, type TrackedTable, trackTable } from '#libs/db';
import { Cached, CachedList, EntityStore, entity, type VersionedRow } from '#libs/entities';
import { HotshelfModule, type HotshelfOptions } from '#libs/service';
import { freePort } from '#src/apps/local/src/services';
import { type Catalogue, createDatabase } from '../../support/catalogue.ts';

interface Book {
  readonly id: number;
  readonly author: string;
  readonly genre: string;
}

const book = { name: 'book', table: 'books', key: 'id', groups: ['author'] } as const;
const books = entity<Book>()(book);
const tracked: TrackedTable = { table: 'books', key: 'id', prefix: 'book', groups: ['author'] };

let database: Catalogue;

/** Re-creates the table, tracked as given, or not at all. */
async function tableTracked(as: TrackedTable | null): Promise<void> {
  await database.sql('DROP TABLE IF EXISTS books');
  await database.sql(
    'CREATE TABLE books (id integer PRIMARY KEY, author text NOT NULL, genre text NOT NULL)',
  );
  if (as !== null) await database.sql(trackTable(as));
}

/** A controller of one cached route; the tests run without a compiler that knows decorators. */
function controllerOf(path: string, decorator: MethodDecorator): Type {
  class Books {
    one() {}
  }
  const method = Object.getOwnPropertyDescriptor(Books.prototype, 'one') ?? {};
  for (const each of [Get(path), decorator]) each(Books.prototype, 'one', method);
  Controller()(Books);
  return Books;
}

class Root {}

interface Application {
  readonly entities?: Parameters<typeof HotshelfModule.forFeature>[0];
  readonly controllers?: Type[];
  readonly options?: HotshelfOptions;
}

async function started({ entities = [books], controllers = [], options = {} }: Application) {
  // Metrics are the process's; here it has one application after another.
  register.clear();
  const settings = { LOG_LEVEL: 'silent', ...options.settings };
  const root = HotshelfModule.forRoot({ postgres: database.url, redis: '', ...options, settings });
  const module: DynamicModule = {
    module: Root,
    imports: [root, HotshelfModule.forFeature(entities)],
    controllers,
  };
  const app = await NestFactory.create(module, new FastifyAdapter(), { logger: false, abortOnError: false });
  return app.init().catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
}

async function start(application: Application): Promise<void> {
  await (await started(application)).close();
}

before(async () => {
  database = await createDatabase();
  await runMigrations(readConfig({ DATABASE_URL: database.url }, ['database']).database, {
    migrations: [migration('Nothing1800000000001', ['SELECT 1'], ['SELECT 1'])],
  });
});
after(() => database.drop());

describe('an application of entities', () => {
  it('starts if all is well, and if Postgres is away', async () => {
    await tableTracked(tracked);
    await start({ controllers: [controllerOf('books/:id', Cached(books))] });
    await start({ options: { postgres: `postgres://x@127.0.0.1:${await freePort()}/x` } });
  });

  it('does not start if the path of a cached route has no parameter for the key', async () => {
    await assert.rejects(start({ controllers: [controllerOf('books/:isbn', Cached(books))] }), {
      code: 'PARAMETER_MISSING',
      message:
        /Books\.one is @Cached of "book" by "id", and its path "\/books\/:isbn" has no ":id": write @Get/,
    });
    await start({ controllers: [controllerOf('books/:isbn', Cached(books, { param: 'isbn' }))] });
  });

  it('does not start with a route of an entity that no feature names', async () => {
    await assert.rejects(start({ entities: [], controllers: [controllerOf('books/:id', Cached(books))] }), {
      code: 'ENTITY_UNKNOWN',
      message: /whose changes are not followed: write HotshelfModule\.forFeature/,
    });
  });

  it('does not start if a table does not exist or is not tracked', async () => {
    const nowhere = entity<Book>()({ ...book, table: 'nowhere' });
    await assert.rejects(start({ entities: [nowhere] }), {
      code: 'TABLE_UNTRACKED',
      message: /does not exist/,
    });
    await tableTracked(null);
    await assert.rejects(start({}), {
      code: 'TABLE_UNTRACKED',
      message:
        /no trigger records .*"books": write in a migration: SELECT hotshelf_track\('books', key => 'id', prefix => 'book', groups => '\{author\}'\)/,
    });
  });

  it('does not start if a table is tracked with another prefix, or without a group', async () => {
    await tableTracked({ ...tracked, prefix: 'tome' });
    await assert.rejects(start({}), {
      code: 'TRACKED_OTHERWISE',
      message: /recorded for keys "tome:<id>", and the entity has "book:<id>": write/,
    });
    await tableTracked({ ...tracked, groups: [] });
    await assert.rejects(start({}), {
      code: 'TRACKED_OTHERWISE',
      message: /no change of the table "books" begins the groups author/,
    });
  });

  it('does not start with two entities of one name, or an invalid setting', async () => {
    await assert.rejects(start({ entities: [books, entity<Book>()(book)] }), {
      name: 'TypeError',
      message: /"book"/,
    });
    await assert.rejects(start({ options: { settings: { CACHE_FRESH_TTL: 'soon' } } }), {
      code: 'CONFIG_INVALID',
      message: /CACHE_FRESH_TTL/,
    });
  });

  it('does not start with a limit of misses for clients that nothing would count', async () => {
    await assert.rejects(start({ options: { settings: { RATE_LIMIT_MISSES: '60' } } }), {
      code: 'CONFIG_INVALID',
      message: 'RATE_LIMIT_MISSES must be 0 for a service that startService does not start.',
    });
  });

  it('takes no list by a column that is no group, and no name that cannot begin a key', () => {
    // @ts-expect-error the compiler says so too
    assert.throws(() => CachedList(books, { by: 'genre' }), /no change begins this group\. Write entity/);
    assert.throws(() => entity<Book>()({ ...book, name: 'a:b' }), /not of letters, digits, _ and -/);
  });
});

describe('the store of an entity', () => {
  it('loads rows with text keys of any type, and reads through the tiers', async () => {
    await tableTracked(tracked);
    await database.sql(
      `INSERT INTO books VALUES (1, 'ann', 'prose'), (2, 'ann', 'verse'), (3, 'bob', 'prose')`,
    );
    const app = await started({});
    try {
      const store = app.get<EntityStore<Book, 'author'>>(books.token, { strict: false });
      const [one, missing, invalid] = await Promise.allSettled(
        ['1', '9', 'one'].map((key) => store.load(key)),
      );
      assert.equal(one?.status === 'fulfilled' && (one.value as VersionedRow<Book>).author, 'ann');
      for (const each of [missing, invalid])
        assert.match(String(each && 'reason' in each && each.reason), /Not Found/);
      assert.deepEqual(await store.idsBy('author', 'ann'), ['1', '2']);
      assert.deepEqual(await store.get('3'), { id: 3, author: 'bob', genre: 'prose' });
      assert.equal(await store.get('9'), null);
      await store.write('3', (sql) => sql('UPDATE books SET author = $1 WHERE id = 3', ['ann']));
      assert.deepEqual(await store.get('3'), { id: 3, author: 'ann', genre: 'prose' });
      await assert.rejects(
        store.write('3', async (sql) => {
          await sql('DELETE FROM books');
          throw new ConflictException('there are others');
        }),
        ConflictException,
      );
      assert.deepEqual(await store.idsBy('author', 'ann', 2), ['1', '2']);
    } finally {
      await app.close();
    }
  });

  it('reads a table of any names, and lists by the text that the values have', async () => {
    interface Item {
      readonly 'The Id': number;
      readonly ownerId: number;
    }
    const items = entity<Item>()({
      name: 'item',
      table: 'public.Odd "Items',
      key: 'The Id',
      groups: ['ownerId'],
    });
    await database.sql('CREATE TABLE "Odd ""Items" ("The Id" integer PRIMARY KEY, "ownerId" integer)');
    await database.sql(trackTable(items));
    await database.sql('INSERT INTO "Odd ""Items" VALUES (1, 1), (2, 1)');
    const app = await started({ entities: [items] });
    try {
      const store = app.get<EntityStore<Item, 'ownerId'>>(items.token, { strict: false });
      assert.equal((await store.load('2')).ownerId, 1);
      assert.deepEqual(await store.idsBy('ownerId', '1'), ['1', '2']);
      // Equal to 1 for Postgres, and a key that no change reaches.
      assert.deepEqual(await store.idsBy('ownerId', '01'), []);
      assert.deepEqual(await store.idsBy('ownerId', 'one'), []);
    } finally {
      await app.close();
    }
  });
});
