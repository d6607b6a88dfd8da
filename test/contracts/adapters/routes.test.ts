import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Body, ConflictException, Controller, Post, type Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CachedCollection } from '#libs/cache-http';
import { Cached, CachedList, type EntityStore, entity, type VersionedRow } from '#libs/entities';
import { ProblemError } from '#libs/errors';
import { Stopping } from '#libs/health';
import { OriginRequests } from '#src/libs/cache-http/src/admission';
import type { Catalogue } from '../../support/catalogue.ts';
import { controllerOf, createBooks, type EntityApp, startEntityApp } from '../../support/entity-app.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Came, sendTo } from './send-to.ts';

interface Book {
  readonly id: number;
  readonly author: string;
}

type Store = EntityStore<Book, 'author'>;

const books = entity<Book>()({ name: 'book', table: 'books', key: 'id', groups: ['author'] });

interface Selection {
  readonly store: Store;
  readonly ids: readonly string[];
}

/** The books that the query names, each cached as on its own route. */
const several = CachedCollection<Selection, VersionedRow<Book>>({
  member: {
    key: ({ id }) => `book:${id}`,
    version: ({ version }) => Number(version),
    body: ({ id, author }) => ({ id, author }),
  },
  list: ({ ids }) => ({ kind: 'given', ids }),
  load: ({ store }, id) => store.load(id),
  rest: () => ({}),
  next: ({ ids }) => `/books?after=${ids.at(-1)}`,
});

class Bodies {
  echo(body: unknown) {
    return body;
  }
}
Post('bodies')(Bodies.prototype, 'echo', Object.getOwnPropertyDescriptor(Bodies.prototype, 'echo') ?? {});
Body()(Bodies.prototype, 'echo', 0);
Controller()(Bodies);

const failing = (path: string, error: () => Error) =>
  controllerOf(
    path,
    () => undefined,
    undefined,
    () => {
      throw error();
    },
  );

const controllers: Type[] = [
  controllerOf<Store>('books/:id', Cached(books), books, (store, { params }) =>
    store.load(params['id'] ?? ''),
  ),
  controllerOf<Store>(
    'authors/:author/books',
    CachedList(books, { by: 'author' }),
    books,
    (store, { params }) => store.idsBy('author', params['author'] ?? ''),
  ),
  controllerOf<Store>('books', several, books, (store, { query }) => ({
    store,
    ids: (query['ids'] ?? '').split(','),
  })),
  Bodies,
  failing('conflict', () => new ConflictException('the book is lent')),
  failing('shed', () => new ProblemError('OVERLOADED', { detail: 'too much', retryAfterSeconds: 7 })),
  failing('broken', () => new Error('SELECT secret')),
];

/** Of one list of ids that is long enough to be compressed. */
const MANY = `INSERT INTO books SELECT n, 'eve' FROM generate_series(1000, 1999) AS n`;

let database: Catalogue;
before(async () => {
  database = await createBooks();
  await database.sql(MANY);
});
after(() => database.drop());

const ADAPTERS: Readonly<Record<string, () => AbstractHttpAdapter>> = {
  Fastify: () => new FastifyAdapter(),
  Express: () => new ExpressAdapter(),
};

for (const [name, adapterOf] of Object.entries(ADAPTERS))
  describe(`cached routes of an application that Nest starts on ${name}`, () => {
    let redis: RedisServer;
    let app: EntityApp | undefined;
    const send = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
      sendTo(`${app?.url}/api`, { path, method, headers, body });
    const hit = (path: string, headers: Record<string, string> = {}) => {
      let came: Came | undefined;
      return until(`${path} is a hit`, async () => {
        came = await send(path, headers);
        return /hit/.test(came.headers['cache-status'] ?? '');
      }).then(() => came as Came);
    };
    const problemOf = ({ headers, body }: Came) => {
      assert.equal(headers['content-type'], 'application/problem+json');
      assert.equal(headers['content-length'], String(body.length));
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['etag'], undefined);
      const problem = JSON.parse(body.toString());
      assert.equal(problem.request_id, headers['x-request-id']);
      return problem;
    };

    before(async () => {
      redis = await startRedisServer();
      const options = { postgres: database.url, redis: redis.url };
      app = await startEntityApp({
        entities: [books],
        controllers,
        options,
        adapter: adapterOf(),
        prefix: 'api',
      });
    });
    after(async () => {
      await app?.close();
      await redis.stop();
    });

    it('answer a row from the origin, then from a tier, with the same bytes and validators', async () => {
      const first = await send('/books/1');
      assert.equal(first.status, 200);
      assert.match(
        first.headers['cache-status'] ?? '',
        /^hotshelf; fwd=uri-miss; stored; ttl=3\d\d; detail=origin$/,
      );
      const second = await hit('/books/1');
      for (const { headers, body } of [first, second]) {
        assert.equal(body.toString(), '{"id":1,"author":"ann"}');
        assert.equal(headers['content-type'], 'application/json; charset=utf-8');
        assert.equal(headers['content-length'], '23');
        assert.match(
          headers['cache-control'] ?? '',
          /^public, max-age=5, stale-while-revalidate=\d+, stale-if-error=3600$/,
        );
        assert.match(headers['age'] ?? '', /^\d+$/);
        assert.match(headers['etag'] ?? '', /^"[\w-]+"$/);
        assert.equal(headers['etag'], first.headers['etag']);
      }
      assert.match(second.headers['cache-status'] ?? '', /^hotshelf; hit; ttl=\d+; detail=(?:l1|redis)$/);
    });

    it('answer If-None-Match with a 304, strong or weak, alone or in a list, and nothing else with one', async () => {
      const { headers } = await hit('/books/1');
      const etag = headers['etag'] ?? '';
      for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const came = await send('/books/1', { 'if-none-match': ifNoneMatch });
        assert.deepEqual([came.status, came.body.length], [304, 0], ifNoneMatch);
        assert.equal(came.headers['etag'], etag);
        assert.match(came.headers['cache-status'] ?? '', /; hit; /);
        assert.match(came.headers['cache-control'] ?? '', /^public, max-age=5,/);
        assert.equal(came.headers['content-type'], undefined);
      }
      const bypassed = await send('/books/1', { 'if-none-match': etag, 'cache-control': 'no-cache' });
      assert.equal(bypassed.status, 304);
      const other = await send('/books/1', { 'if-none-match': '"other"' });
      assert.deepEqual([other.status, other.body.toString()], [200, '{"id":1,"author":"ann"}']);
    });

    it('answer HEAD with the headers of GET and no body', async () => {
      const get = await hit('/books/1');
      const head = await send('/books/1', {}, 'HEAD');
      assert.deepEqual([head.status, head.body.length], [200, 0]);
      for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
        assert.equal(head.headers[name], get.headers[name], name);
    });

    it('read the origin for no-cache, and only while the budget of such requests lasts', async () => {
      await hit('/books/1');
      const headers = { 'cache-control': 'no-cache' };
      assert.match((await send('/books/1', headers)).headers['cache-status'] ?? '', /; fwd=request; /);
      assert.match((await send('/books?ids=1,2', headers)).headers['cache-status'] ?? '', /; fwd=request; /);
      const budget = app?.provider<OriginRequests>(OriginRequests);
      assert.ok(budget !== undefined);
      const { admit } = budget;
      budget.admit = () => false;
      assert.match((await send('/books/1', headers)).headers['cache-status'] ?? '', /; hit; /);
      budget.admit = admit;
    });

    it('remember that there is no such row, and have a problem for it', async () => {
      for (const status of [/; fwd=uri-miss; /, /; hit; /]) {
        const came = await send('/books/404', { 'x-request-id': 'mine-1' });
        assert.equal(came.status, 404);
        assert.match(came.headers['cache-status'] ?? '', status);
        const problem = problemOf(came);
        assert.equal(problem.code, 'NOT_FOUND');
        // Fastify has a setting of its own for this.
        if (name === 'Express') assert.equal(problem.request_id, 'mine-1');
      }
    });

    it('list a group, and begin its list again when a row of it changes', async () => {
      const { body, headers } = await hit('/authors/ann/books');
      assert.equal(body.toString(), '["1","2"]');
      assert.equal(headers['vary'], 'Accept-Encoding');
      await database.sql(`UPDATE books SET author = 'ann' WHERE id = 3`);
      await until(
        'it lists the row',
        async () => (await send('/authors/ann/books')).body.toString() === '["1","2","3"]',
      );
      await database.sql(`UPDATE books SET author = 'bob' WHERE id = 3`);
      await until(
        'it lists the row no more',
        async () => (await send('/authors/ann/books')).body.toString() === '["1","2"]',
      );
    });

    it('compress long lists, each coding with its own tag, and refuse what no client takes', async () => {
      const plain = await hit('/authors/eve/books');
      for (const [coding, decoded] of [
        ['gzip', gunzipSync],
        ['br', brotliDecompressSync],
      ] as const) {
        let came = plain;
        await until(`it is sent as ${coding}`, async () => {
          came = await send('/authors/eve/books', { 'accept-encoding': coding });
          return came.headers['content-encoding'] === coding;
        });
        assert.deepEqual(decoded(came.body), plain.body);
        assert.equal(came.headers['content-length'], String(came.body.length));
        const etag = `${plain.headers['etag']?.slice(0, -1)}-${coding}"`;
        assert.equal(came.headers['etag'], etag);
        const again = await send('/authors/eve/books', { 'accept-encoding': coding, 'if-none-match': etag });
        assert.deepEqual([again.status, again.headers['etag']], [304, etag]);
      }
      const none = await send('/authors/eve/books', { 'accept-encoding': 'identity;q=0' });
      assert.equal(none.status, 406);
      assert.equal(problemOf(none).code, 'NOT_ACCEPTABLE');
    });

    it('answer many rows at once from the same entries, with a link to those that follow', async () => {
      const came = await send('/books?ids=1,2');
      assert.equal(came.status, 200);
      assert.equal(came.body.toString(), '{"items":[{"id":1,"author":"ann"},{"id":2,"author":"ann"}]}');
      assert.equal(came.headers['link'], '</books?after=2>; rel="next"');
      const again = await send('/books?ids=1,2', { 'if-none-match': came.headers['etag'] ?? '' });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
    });

    it('show what another program has changed', async () => {
      await hit('/books/2');
      await database.sql(`UPDATE books SET author = 'Zoë' WHERE id = 2`);
      await until(
        'it is shown',
        async () => (await send('/books/2')).body.toString() === '{"id":2,"author":"Zoë"}',
      );
      await database.sql(`UPDATE books SET author = 'ann' WHERE id = 2`);
    });

    it('have a problem for all that is thrown, and none of it shows what was thrown', async () => {
      const conflict = await send('/conflict');
      assert.equal(conflict.status, 409);
      assert.deepEqual(problemOf(conflict).detail, 'the book is lent');
      const shed = await send('/shed');
      assert.deepEqual([shed.status, shed.headers['retry-after']], [503, '7']);
      assert.equal(problemOf(shed).code, 'OVERLOADED');
      const broken = await send('/broken');
      assert.equal(broken.status, 500);
      assert.doesNotMatch(JSON.stringify(problemOf(broken)), /SELECT/);
    });

    it('have a problem for an address that no route has, and for a body that cannot be read', async () => {
      const unknown = await send('/nowhere');
      assert.equal(unknown.status, 404);
      assert.equal(problemOf(unknown).code, 'ROUTE_NOT_FOUND');
      const json = { 'content-type': 'application/json' };
      const echoed = await send('/bodies', json, 'POST', '{"a":1}');
      assert.deepEqual([echoed.status, echoed.body.toString()], [201, '{"a":1}']);
      const unreadable = await send('/bodies', json, 'POST', '{"a":');
      assert.equal(unreadable.status, 400);
      assert.equal(problemOf(unreadable).code, 'REQUEST_INVALID');
      assert.doesNotMatch(problemOf(unreadable).detail, /JSON|"a"/);
    });

    it('stand beside the probes and the page of metrics', async () => {
      for (const path of ['/health', '/health/live', '/health/ready']) {
        const { status, headers } = await send(path);
        assert.deepEqual([status, headers['cache-control']], [200, 'no-store'], path);
      }
      const metrics = await send('/metrics');
      assert.match(metrics.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4; charset=utf-8$/);
      assert.match(metrics.body.toString(), /^cache_hits_total\{cache_type="l1"\} [1-9]/m);
      app?.provider<Stopping>(Stopping).begin();
      const stopping = await send('/health/ready');
      assert.equal(stopping.status, 503);
      assert.equal(JSON.parse(stopping.body.toString()).status, 'stopping');
    });
  });
