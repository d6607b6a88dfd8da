import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

interface Change {
  readonly resource: string;
  readonly id: string | null;
  readonly version: number;
  readonly change: string;
}

interface Page {
  readonly items: Change[];
  readonly cursor: string;
  readonly has_more: boolean;
}

describe('the changes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const read = async (query: string) => {
    const response = await api.get(`/changes${query}`);
    return { status: response.status, page: (await response.json()) as Page & { code: string } };
  };
  const now = async () => (await read('?since=now')).page.cursor;
  const ids = (changes: readonly Change[]) => changes.map(({ id, change }) => `${change} ${id}`);

  /** Reads pages until there is what a test waits for. */
  async function readUntil(cursor: string, isEnough: (all: Change[]) => boolean, limit = 100) {
    const all: Change[] = [];
    let since = cursor;
    await until('the changes are delivered', async () => {
      const { page } = await read(`?since=${since}&limit=${limit}`);
      all.push(...page.items);
      since = page.cursor;
      return isEnough(all) && !page.has_more;
    });
    return { all, since };
  }

  it('are delivered in the order of their commits, whatever program made them', async () => {
    const cursor = await now();
    await catalogue.sql(`UPDATE products SET stock = 1 WHERE id = 'prod-1'`);
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-2'`);
    await catalogue.sql(`UPDATE products SET stock = 2 WHERE id = 'prod-1'`);
    const { all } = await readUntil(cursor, (changes) => changes.length >= 4);
    const products = all.filter(({ resource }) => resource === 'product');
    assert.deepEqual(ids(products), ['written prod-1', 'removed prod-2', 'written prod-1']);
    assert.ok(all.some(({ resource, id }) => resource === 'category' && id === 'cat-test'));
  });

  it('come in pages, each change once, also if more are committed meanwhile', async () => {
    const cursor = await now();
    await catalogue.sql(`UPDATE products SET stock = 3 WHERE id LIKE 'prod-1%'`);
    let first = await read(`?since=${cursor}&limit=3`);
    await until('the first page is full', async () => {
      first = await read(`?since=${cursor}&limit=3`);
      return first.page.items.length === 3;
    });
    assert.equal(first.page.has_more, true);
    await catalogue.sql(`UPDATE products SET stock = 4 WHERE id = 'prod-5'`);
    const rest = await readUntil(
      first.page.cursor,
      (changes) => changes.some(({ id }) => id === 'prod-5'),
      3,
    );
    const all = [...first.page.items, ...rest.all];
    const expected = [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 5].map((n) => `written prod-${n}`);
    assert.deepEqual(ids(all).toSorted(), expected.toSorted());
    assert.equal(all.at(-1)?.id, 'prod-5');
  });

  it('of a transaction that commits late come after those that were committed before it', async () => {
    const commit = await catalogue.hold(`UPDATE products SET stock = 5 WHERE id = 'prod-6'`);
    const cursor = await now();
    await catalogue.sql(`UPDATE products SET stock = 6 WHERE id = 'prod-7'`);
    const { all, since } = await readUntil(cursor, (changes) => changes.length > 0);
    assert.deepEqual(ids(all), ['written prod-7']);
    await commit();
    const late = await readUntil(since, (changes) => changes.length > 0);
    assert.deepEqual(ids(late.all), ['written prod-6']);
  });

  it('of an emptied table are one change without an id', async () => {
    const other = await createCatalogue(3);
    const service = await startApi({ DATABASE_URL: other.url, REDIS_URL: '' });
    try {
      const { cursor } = (await (await service.get('/changes?since=now')).json()) as Page;
      await other.sql('TRUNCATE products');
      await until('the change is delivered', async () => {
        const page = (await (await service.get(`/changes?since=${cursor}`)).json()) as Page;
        return page.items.some(({ id, change }) => id === null && change === 'all');
      });
    } finally {
      await service.stop();
      await other.drop();
    }
  });

  it('are refused with the field and the rule if the cursor or the limit is wrong', async () => {
    for (const [query, field] of [
      ['?since=abc', 'since'],
      ['?limit=0', 'limit'],
      ['?limit=1001', 'limit'],
      ['?sinse=now', 'sinse'],
    ]) {
      const response = await api.get(`/changes${query}`);
      const problem = (await response.json()) as { code: string; errors: { field: string }[] };
      assert.equal(response.status, 400);
      assert.deepEqual(
        [problem.code, problem.errors.map((error) => error.field)],
        ['REQUEST_INVALID', [field]],
      );
    }
  });

  it('after a cursor that is too old, or of another database, are gone', async () => {
    const cursor = await now();
    await catalogue.sql(`UPDATE products SET stock = 7 WHERE id = 'prod-8'`);
    await catalogue.sql('DELETE FROM outbox');
    await until('the cursor has expired', async () => (await read(`?since=${cursor}`)).status === 410);
    assert.equal((await read(`?since=${cursor}`)).page.code, 'CHANGES_EXPIRED');
    const other = await createCatalogue(1);
    const service = await startApi({ DATABASE_URL: other.url, REDIS_URL: '' });
    try {
      assert.equal((await service.get(`/changes?since=${await now()}`)).status, 410);
    } finally {
      await service.stop();
      await other.drop();
    }
  });

  it('go on at another process, which has looked at the database earlier', async () => {
    const other = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      const cursor = await now();
      for (let n = 0; n < 20; n += 1) {
        // Each looks at the database, and the first has the older look when it gets the cursor of the other.
        assert.equal((await read(`?since=${cursor}`)).status, 200);
        await catalogue.sql(`UPDATE products SET stock = ${20 + n} WHERE id = 'prod-12'`);
        const later = (await (await other.get('/changes?since=now')).json()) as Page;
        assert.equal((await read(`?since=${later.cursor}`)).status, 200);
      }
    } finally {
      await other.stop();
    }
  });

  /** Events as they arrive, until it is closed. */
  function follow(headers: Record<string, string>, query = '') {
    const events: { id: string; data: Change | null }[] = [];
    let rest = '';
    const asked = request(`${api.url}/changes${query}`, {
      headers: { accept: 'text/event-stream', ...headers },
    });
    const ended = Promise.withResolvers<void>();
    asked.on('response', (response) => {
      assert.equal(response.headers['content-type'], 'text/event-stream');
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const parts = (rest + text).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const id = /^id: (.*)$/m.exec(part)?.[1];
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (id !== undefined) events.push({ id, data: data === undefined ? null : JSON.parse(data) });
        }
      });
      response.on('close', () => ended.resolve());
    });
    asked.on('error', () => ended.resolve());
    asked.end();
    return { events, ended: ended.promise, close: () => asked.destroy() };
  }

  it('are streamed, and a client that connects again goes on where it was', async () => {
    const stream = follow({}, `?since=${await now()}`);
    await catalogue.sql(`UPDATE products SET stock = 8 WHERE id = 'prod-9'`);
    await until('the event arrives', () => stream.events.some(({ data }) => data?.id === 'prod-9'));
    stream.close();
    await stream.ended;
    const last = stream.events.at(-1)?.id ?? '';
    await catalogue.sql(`UPDATE products SET stock = 9 WHERE id IN ('prod-10', 'prod-11')`);
    const again = follow({ 'last-event-id': last });
    await until('both events arrive', () => again.events.length >= 2);
    assert.deepEqual(again.events.map(({ data }) => data?.id).toSorted(), ['prod-10', 'prod-11']);
    again.close();
    await again.ended;
  });

  it('have 100 streams per process, and one more is refused until there is room', async () => {
    const open = () => fetch(`${api.url}/changes?since=now`, { headers: { accept: 'text/event-stream' } });
    const opened = await Promise.all(Array.from({ length: 100 }, open));
    const streams = opened.filter(({ status }) => status === 200);
    // Streams of the tests before may take a moment to end.
    await until('there are 100', async () => {
      if (streams.length === 100) return true;
      const stream = await open();
      if (stream.status === 200) streams.push(stream);
      return streams.length === 100;
    });
    const refused = await open();
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /OVERLOADED/);
    await Promise.all(streams.map(({ body }) => body?.cancel()));
    await until('there is room again', async () => {
      const stream = await open();
      await stream.body?.cancel();
      return stream.status === 200;
    });
  });

  it('end their streams when the process stops, with no connection cut', async () => {
    const other = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    const response = await fetch(`${other.url}/changes?since=now`, {
      headers: { accept: 'text/event-stream' },
    });
    assert.equal(response.status, 200);
    const text = response.text();
    assert.equal(await other.stop(), 0);
    assert.match(await text, /^retry: 1000\n\n/);
    // Nor is one logged or measured: how long it was open says nothing about the service.
    assert.ok(!other.lines().some((line) => line.includes('"endpoint":"/changes"')));
  });
});
