import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

interface Page {
  items: { id: string; stock: number }[];
  next_cursor: string | null;
}

const status = (response: Response) => response.headers.get('cache-status') ?? '';
const idsOf = ({ items }: Page) => items.map(({ id }) => id);
const bytewise = (ids: string[]) => ids.sort((a, b) => (a < b ? -1 : 1));

const INSERT = 'INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, $1, 1, 1, $2)';
const LOAD_STATEMENT = 'SELECT id, name, price, stock, ';
const LIST_STATEMENT = 'SELECT id FROM products WHERE';

describe('GET /products, page by page', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(250), startRedisServer()]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('lamps', 'Lamps'), ('sofas', 'Sofas')`);
    for (let n = 0; n < 25; n += 1) await catalogue.sql(INSERT, [`lamp-${n}`, 'lamps']);
    await catalogue.sql('DELETE FROM outbox');
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const page = async (query: string) => (await (await api.get(`/products?${query}`)).json()) as Page;

  async function walk(query: string): Promise<Page[]> {
    const pages = [await page(query)];
    for (let cursor = pages[0]?.next_cursor; cursor; cursor = pages.at(-1)?.next_cursor) {
      pages.push(await page(`${query}&cursor=${cursor}`));
    }
    return pages;
  }

  it('walks through all products in the byte order of their ids', async () => {
    const pages = await walk('limit=100');
    assert.deepEqual(
      pages.map(({ items }) => items.length),
      [100, 100, 75],
    );
    const all = await catalogue.sql<{ id: string }>('SELECT id FROM products');
    assert.deepEqual(pages.flatMap(idsOf), bytewise(all.map(({ id }) => id)));
  });

  it('walks through one category, 20 a page where nothing else is asked for', async () => {
    const pages = await walk('category=lamps');
    assert.deepEqual(
      pages.map(({ items }) => items.length),
      [20, 5],
    );
    assert.ok(pages.flatMap(idsOf).every((id) => id.startsWith('lamp-')));
  });

  it('says that there is no next page where the last one is just full', async () => {
    const pages = await walk('category=lamps&limit=5');
    assert.equal(pages.length, 5);
    assert.equal(pages.at(-1)?.items.length, 5);
  });

  it('links the next page with the same limit and category, and none at the end', async () => {
    const first = await api.get('/products?category=lamps&limit=15');
    const { next_cursor: cursor } = (await first.json()) as Page;
    const target = `/products?category=lamps&limit=15&cursor=${cursor}`;
    assert.equal(first.headers.get('link'), `<${target}>; rel="next"`);
    const second = await api.get(target);
    assert.equal(((await second.json()) as Page).items.length, 10);
    assert.equal(second.headers.get('link'), null);
    assert.doesNotMatch((await api.get('/products')).headers.get('link') ?? '', /category/);
  });

  it('gives an empty page for a category without products, and for one that there is not', async () => {
    for (const category of ['sofas', 'nope']) {
      const response = await api.get(`/products?category=${category}`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '{"items":[],"next_cursor":null}');
    }
  });

  it('asks Postgres for the ids and for the products, once each, and then no more', async () => {
    const query = 'limit=7&category=lamps';
    const listed = (work: () => Promise<unknown>) => statementsDuring(catalogue, LIST_STATEMENT, work);
    const loaded = (work: () => Promise<unknown>) => statementsDuring(catalogue, LOAD_STATEMENT, work);
    await redis.client.flushall();
    const other = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    const read = () => other.get(`/products?${query}`);
    try {
      assert.equal(await listed(async () => assert.equal(await loaded(read), 1)), 1);
      assert.match(status(await read()), /; hit; ttl=3\d\d; detail=l1$/);
      assert.equal(await listed(async () => assert.equal(await loaded(read), 0)), 0);
    } finally {
      await other.stop();
    }
  });

  it('keeps the ids of a page in Redis, for other processes, until something comes or goes', async () => {
    await page('category=lamps&limit=3');
    const second = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      await untilUsesRedis(second);
      assert.match(status(await second.get('/products?category=lamps&limit=3')), /; hit; .*detail=redis$/);
    } finally {
      await second.stop();
    }
  });

  it('shows what comes, goes and moves, in its category and among all', async () => {
    const shows = (query: string, id: string) => async () => (await walk(query)).flatMap(idsOf).includes(id);
    const hides = (query: string, id: string) => async () => !(await shows(query, id)());
    await walk('category=lamps');
    await walk('category=sofas');
    await walk('limit=100');
    await catalogue.sql(INSERT, ['lamp-new', 'lamps']);
    await until('it is in its category', shows('category=lamps', 'lamp-new'));
    await until('it is among all', shows('limit=100', 'lamp-new'));
    await catalogue.sql(`UPDATE products SET category_id = 'sofas' WHERE id = 'lamp-new'`);
    await until('it has come', shows('category=sofas', 'lamp-new'));
    await until('it has gone', hides('category=lamps', 'lamp-new'));
    await catalogue.sql(`DELETE FROM products WHERE id = 'lamp-new'`);
    await until('it is nowhere in its category', hides('category=sofas', 'lamp-new'));
    await until('it is nowhere among all', hides('limit=100', 'lamp-new'));
  });

  it('shows a change of a product as soon as the product itself does, with the ids that it has', async () => {
    await page('category=lamps&limit=2');
    const listed = await statementsDuring(catalogue, LIST_STATEMENT, async () => {
      await catalogue.sql(`UPDATE products SET stock = 77 WHERE id = 'lamp-0'`);
      await until('the change is seen', async () => {
        return (await page('category=lamps&limit=2')).items[0]?.stock === 77;
      });
    });
    assert.equal(listed, 0);
  });

  it('reads the origin for the page and its products when the client says no-cache', async () => {
    await page('category=sofas');
    await catalogue.sql(INSERT, ['sofa-1', 'sofas']);
    const response = await api.get('/products?category=sofas', { 'cache-control': 'no-cache' });
    assert.match(status(response), /fwd=request/);
    assert.deepEqual(idsOf((await response.json()) as Page), ['sofa-1']);
    await catalogue.sql(`UPDATE products SET stock = 55 WHERE id = 'sofa-1'`);
    const again = await api.get('/products?category=sofas', { 'cache-control': 'no-cache' });
    assert.equal(((await again.json()) as Page).items[0]?.stock, 55);
  });

  it('answers 304 to a client that has the page', async () => {
    const first = await api.get('/products?category=lamps&limit=4');
    const again = await api.get('/products?category=lamps&limit=4', {
      'if-none-match': first.headers.get('etag') ?? '',
    });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });

  it('takes a cursor for its own category alone', async () => {
    const { next_cursor: cursor } = await page('category=lamps');
    for (const query of ['category=sofas', 'category=cat-test', 'limit=20']) {
      const response = await api.get(`/products?${query}&cursor=${cursor}`);
      assert.equal(response.status, 400, query);
      const { errors } = (await response.json()) as { errors: { field: string; rule: string }[] };
      assert.deepEqual(
        errors.map(({ field, rule }) => [field, rule]),
        [['cursor', 'cursor']],
      );
    }
  });

  for (const [query, field, rule] of [
    ['cursor=', 'cursor', 'cursor'],
    ['cursor=abc', 'cursor', 'cursor'],
    ['cursor=%00', 'cursor', 'cursor'],
    ['cursor=AQAAAAAA', 'cursor', 'cursor'],
    ['cursor=a&cursor=b', 'cursor', 'type'],
    ['limit=0', 'limit', 'range'],
    ['limit=101', 'limit', 'range'],
    ['limit=', 'limit', 'range'],
    ['limit=1.5', 'limit', 'range'],
    ['limit=-1', 'limit', 'range'],
    ['limit=%2B5', 'limit', 'range'],
    ['limit=1e1', 'limit', 'range'],
    ['limit=5&limit=6', 'limit', 'type'],
    ['category=', 'category', 'pattern'],
    ['category=*', 'category', 'pattern'],
    ['category=a:b', 'category', 'pattern'],
    ['category=a&category=b', 'category', 'type'],
    ['page=2', 'page', 'unknown_field'],
    ['offset=20', 'offset', 'unknown_field'],
  ] as const) {
    it(`answers 400 with the field and the rule for ?${query}`, async () => {
      const response = await api.get(`/products?${query}`);
      assert.equal(response.status, 400);
      const { errors } = (await response.json()) as { errors: { field: string; rule: string }[] };
      assert.deepEqual(
        errors.map((error) => [error.field, error.rule]),
        [[field, rule]],
      );
    });
  }
});
