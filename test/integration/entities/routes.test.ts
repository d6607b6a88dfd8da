import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { Cached, CachedList, type EntityStore, entity } from '#libs/entities';
import { HotshelfModule } from '#libs/service';
import type { Catalogue } from '../../support/catalogue.ts';
import { controllerOf, createBooks, startEntityApp } from '../../support/entity-app.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

interface Book {
  readonly id: number;
  readonly author: string;
}

const book = { name: 'book', table: 'books', key: 'id', groups: ['author'] } as const;
type Store = EntityStore<Book, 'author'>;

let database: Catalogue;
let redis: RedisServer;

before(async () => {
  [database, redis] = await Promise.all([createBooks(), startRedisServer()]);
});
after(async () => {
  await redis.stop();
  await database.drop();
});

const rowOf = (cached: Parameters<typeof Cached>[0]) =>
  controllerOf<Store>('books/:id', Cached(cached), cached, (store, { params }) =>
    store.load(params['id'] ?? ''),
  );
const options = () => ({ postgres: database.url, redis: redis.url });

describe('a time to live of an entity', () => {
  const started = async (ttl: string) => {
    const books = entity<Book>()({ ...book, ttl });
    return startEntityApp({ entities: [books], controllers: [rowOf(books)], options: options() });
  };
  const ttlIn = (status: string | null) => Number(/ttl=(-?\d+)/.exec(status ?? '')?.[1]);

  it('is that of its answers from the origin and from L1, and that of its entries in Redis', async () => {
    const app = await started('10m');
    const client = new Redis(redis.url);
    try {
      await until('L1 answers', async () => {
        const { headers } = await app.get('/books/1');
        const ttl = ttlIn(headers.get('cache-status'));
        assert.ok(ttl > 580 && ttl <= 660, `${ttl}`);
        assert.match(headers.get('cache-control') ?? '', /max-age=5,/);
        return headers.get('cache-status')?.includes('detail=l1') === true;
      });
      // The grace of an hour comes after it.
      await until('Redis has it', async () => {
        return (await client.pttl('hotshelf:2:{book:1}')) > (3_600 + 580) * 1_000;
      });
    } finally {
      client.disconnect();
      await app.close();
    }
  });

  it('shortens what clients may keep, and a reader after it has the row read again', async () => {
    const app = await started('1s');
    try {
      const first = await app.get('/books/2');
      assert.match(first.headers.get('cache-control') ?? '', /^public, max-age=1,/);
      await until('the entry was read again', async () => {
        const { headers } = await app.get('/books/2');
        assert.match(headers.get('cache-control') ?? '', /^public, max-age=1,/);
        return headers.get('age') === '0' && first.headers.get('date') !== headers.get('date');
      });
    } finally {
      await app.close();
    }
  });

  it('that is no duration is refused when the entity is declared, in words', () => {
    for (const ttl of ['10 minutes', '0s', '25h', ''])
      assert.throws(() => entity<Book>()({ ...book, ttl }), {
        name: 'TypeError',
        message: `the ttl of the entity "book" is no duration from 1ms to 24h, such as '30s' or '10m': ${JSON.stringify(ttl)}`,
      });
  });
});

describe('a list by a parameter of the query', () => {
  it('is cached by its value, is begun again by a change, and is not cached with another parameter', async () => {
    const books = entity<Book>()(book);
    let calls = 0;
    const list = controllerOf<Store>(
      'books',
      CachedList(books, { by: 'author' }),
      books,
      (store, { query }) => {
        calls += 1;
        return store.idsBy('author', query['author'] ?? '');
      },
    );
    const app = await startEntityApp({ entities: [books], controllers: [list], options: options() });
    try {
      await until('it is a hit', async () => {
        const { body, headers } = await app.get('/books?author=ann');
        assert.deepEqual(body, ['1', '2']);
        return /hit/.test(headers.get('cache-status') ?? '');
      });
      assert.deepEqual((await app.get('/books?author=bob')).body, ['3']);
      await database.sql(`UPDATE books SET author = 'ann' WHERE id = 3`);
      await until('both lists show it', async () => {
        const [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => app.get(`/books?author=${name}`)));
        return String(ann?.body) === '1,2,3' && String(bob?.body) === '';
      });
      const before = calls;
      for (const path of ['/books?author=ann&page=2', '/books?author=ann&page=2', '/books?author=a&author=b'])
        assert.equal((await app.get(path)).headers.get('cache-status'), null);
      assert.equal(calls, before + 3);
    } finally {
      await app.close();
    }
  });
});

describe('an entity without a name', () => {
  it('has the name of its table, without the schema', () => {
    const { name, ...unnamed } = book;
    const prefixes = ['books', 'shop.books'].map((table) => entity<Book>()({ ...unnamed, table }).prefix);
    assert.deepEqual([name, ...prefixes], ['book', 'books', 'books']);
  });
});

describe('the statement of a write', () => {
  it('takes the values of a template as parameters, or beside its text', async () => {
    const books = entity<Book>()(book);
    const app = await startEntityApp({
      entities: [books],
      controllers: [rowOf(books)],
      options: options(),
    });
    const store = app.provider<Store>(books.token);
    try {
      await store.write('7', (sql) => sql`INSERT INTO books VALUES (${7}, ${`d'or'; --`})`);
      assert.deepEqual((await app.get('/books/7')).body, { id: 7, author: `d'or'; --` });
      const [row] = await store.write('7', async (sql) => {
        await sql('UPDATE books SET author = $2 WHERE id = $1', [7, 'dora']);
        return sql<Book>`SELECT author FROM books WHERE id = ${7}`;
      });
      assert.deepEqual(
        [row, (await app.get('/books/7')).body],
        [{ author: 'dora' }, { id: 7, author: 'dora' }],
      );
      await store.write('7', (sql) => sql`DELETE FROM books WHERE id = 7`);
      assert.equal((await app.get('/books/7')).status, 404);
    } finally {
      await app.close();
    }
  });
});

describe('tags for a CDN', () => {
  const tagged = async (header: 'cache-tag' | 'surrogate-key' | 'off') => {
    const books = entity<Book>()(book);
    const list = controllerOf<Store>(
      'books',
      CachedList(books, { by: 'author' }),
      books,
      (store, { query }) => store.idsBy('author', query['author'] ?? ''),
    );
    const settings = { HTTP_CACHE_TAGS: header };
    const given = { ...options(), namespace: `${header}:`, settings };
    return startEntityApp({ entities: [books], controllers: [rowOf(books), list], options: given });
  };

  it('name the key of a row, from whatever tier it comes, and the key and the group of a list', async () => {
    const app = await tagged('cache-tag');
    try {
      await until('L1 answers, ahead of the router', async () => {
        const { headers } = await app.get('/books/1');
        assert.equal(headers.get('cache-tag'), 'book:1');
        assert.equal(headers.get('content-length'), '23');
        return headers.get('cache-status')?.includes('detail=l1') === true;
      });
      for (const _time of [1, 2])
        assert.equal(
          (await app.get('/books?author=eve')).headers.get('cache-tag'),
          'author:eve:book,author:eve',
        );
    } finally {
      await app.close();
    }
  });

  it('have the name and the separator of the CDN, and are not sent by default', async () => {
    const surrogate = await tagged('surrogate-key');
    const { headers } = await surrogate.get('/books?author=eve');
    await surrogate.close();
    assert.equal(headers.get('surrogate-key'), 'author:eve:book author:eve');
    const untagged = await tagged('off');
    const { headers: plain } = await untagged.get('/books/1');
    await untagged.close();
    assert.deepEqual([plain.get('cache-tag'), plain.get('surrogate-key')], [null, null]);
  });
});

describe('HotshelfModule.forRootAsync', () => {
  class Settings {
    readonly postgres = database.url;
    readonly redis = redis.url;
    readonly namespace = 'async:';
  }

  it('takes its options from a provider of an imported module', async () => {
    const root = () =>
      HotshelfModule.forRootAsync({
        imports: [{ module: class SettingsModule {}, providers: [Settings], exports: [Settings] }],
        inject: [Settings],
        useFactory: async ({ postgres, redis: url, namespace }: Settings) => {
          await Promise.resolve();
          return {
            postgres,
            redis: url,
            namespace,
            settings: { LOG_LEVEL: 'silent', CACHE_FRESH_TTL: '20m' },
          };
        },
      });
    const books = entity<Book>()(book);
    const app = await startEntityApp({ entities: [books], controllers: [rowOf(books)], root });
    const client = new Redis(redis.url);
    try {
      const { body, headers } = await app.get('/books/1');
      assert.deepEqual(body, { id: 1, author: 'ann' });
      assert.match(headers.get('cache-status') ?? '', /ttl=12\d\d/);
      await until(
        'its keys are in the namespace',
        async () => (await client.exists('async:2:{book:1}')) === 1,
      );
    } finally {
      client.disconnect();
      await app.close();
    }
  });

  it('does not start if what it is given is not valid, or its factory throws', async () => {
    const started = (useFactory: () => { settings: Record<string, string> }) =>
      startEntityApp({
        entities: [],
        controllers: [],
        root: () => HotshelfModule.forRootAsync({ useFactory }),
      });
    await assert.rejects(
      started(() => ({ settings: { CACHE_FRESH_TTL: 'soon' } })),
      { code: 'CONFIG_INVALID' },
    );
    await assert.rejects(
      started(() => {
        throw new Error('no vault today');
      }),
      /no vault today/,
    );
  });
});
