import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

const LAMP = { name: 'Walnut Desk Lamp', price: 49.9, stock: 12 };

describe('a write of the API', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;
  let other: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    [api, other] = await Promise.all([startApi(settings), startApi(settings)]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('lighting', 'Lighting')`);
  });
  after(async () => {
    await Promise.all([api.stop(), other.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  const count = async (id: string) =>
    ((await (await api.get(`/categories/${id}`)).json()) as { product_count: number }).product_count;
  const category = async (id: string) =>
    (
      await catalogue.sql<{ category_id: string | null }>('SELECT category_id FROM products WHERE id = $1', [
        id,
      ])
    )[0]?.category_id;

  it('makes a product, says where it is, and brings the bytes and the tag that a GET brings', async () => {
    const made = await send(api, 'POST', '/products', { id: 'lamp', ...LAMP });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get('location'), '/products/lamp');
    assert.equal(made.headers.get('cache-control'), 'no-store');
    assert.equal(made.headers.get('content-type'), 'application/json; charset=utf-8');
    const { last_updated: lastUpdated, ...rest } = made.json;
    assert.deepEqual(rest, { id: 'lamp', ...LAMP, category: null });
    assert.equal(typeof lastUpdated, 'number');
    const got = await api.get('/products/lamp');
    assert.equal(await got.text(), made.text);
    assert.equal(got.headers.get('etag'), made.headers.get('etag'));
  });

  it('stores its state in the cache, so that it is not loaded, while L2 is trusted', async () => {
    await until('a write is read as a hit', async () => {
      const { text } = await send(api, 'PATCH', '/products/prod-9', { stock: 90 });
      const got = await send(api, 'GET', '/products/prod-9');
      return got.text === text && /hit/.test(got.headers.get('cache-status') ?? '');
    });
  });

  it('makes an id where none is given', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => send(api, 'POST', '/products', LAMP)));
    assert.match(String(one?.json.id), /^prod-[a-z0-9]+$/);
    assert.notEqual(one?.json.id, two?.json.id);
    assert.equal((await api.get(one?.headers.get('location') ?? '')).status, 200);
  });

  it('refuses to make a product twice, and changes nothing', async () => {
    const again = await send(api, 'POST', '/products', { id: 'prod-1', ...LAMP });
    assert.deepEqual([again.status, again.json.code], [409, 'PRODUCT_EXISTS']);
    assert.equal((await send(api, 'GET', '/products/prod-1')).json.name, 'Product 1');
  });

  it('makes a product that was remembered as absent, in every process', async () => {
    for (const reader of [api, other]) assert.equal((await reader.get('/products/late')).status, 404);
    await send(api, 'POST', '/products', { id: 'late', ...LAMP });
    assert.equal((await api.get('/products/late')).status, 200);
    await until('the other process has it', async () => (await other.get('/products/late')).status === 200);
  });

  it('puts a product into a category, moves it and takes it out, and the counts follow', async () => {
    const [lighting, test] = [await count('lighting'), await count('cat-test')];
    const counts = async () => [(await count('lighting')) - lighting, (await count('cat-test')) - test];
    await send(api, 'POST', '/products', { id: 'moved', ...LAMP, category: 'lighting' });
    assert.deepEqual(await counts(), [1, 0]);
    await send(api, 'PATCH', '/products/moved', { category: 'cat-test' });
    assert.deepEqual(await counts(), [0, 1]);
    await send(api, 'PUT', '/products/moved', LAMP);
    assert.deepEqual(await counts(), [0, 1], 'a category that is not given stays');
    await send(api, 'PUT', '/products/moved', { ...LAMP, category: null });
    assert.deepEqual([await counts(), await category('moved')], [[0, 0], null]);
    await send(api, 'PATCH', '/products/moved', { category: 'lighting' });
    await send(api, 'DELETE', '/products/moved');
    assert.deepEqual(await counts(), [0, 0]);
  });

  it('names a category that there is not', async () => {
    for (const [method, path] of [
      ['POST', '/products'],
      ['PUT', '/products/prod-2'],
      ['PATCH', '/products/prod-2'],
    ] as const) {
      const refused = await send(api, method, path, { ...LAMP, category: 'nowhere' });
      assert.deepEqual([refused.status, refused.broken], [400, ['category exists']]);
    }
    assert.equal(await category('prod-2'), 'cat-test');
  });

  it('replaces a product, and every process serves it', async () => {
    await other.get('/products/prod-3');
    const replaced = await send(api, 'PUT', '/products/prod-3', { id: 'prod-3', ...LAMP });
    assert.equal(replaced.status, 200);
    assert.equal((await send(api, 'GET', '/products/prod-3')).text, replaced.text);
    await until('the other process serves it', async () => {
      const got = await send(other, 'GET', '/products/prod-3');
      return got.text === replaced.text && got.headers.get('etag') === replaced.headers.get('etag');
    });
  });

  it('changes what a merge patch names and nothing else, in either media type', async () => {
    for (const [type, stock] of [
      ['application/merge-patch+json', 7],
      ['application/json; charset=utf-8', 8],
    ] as const) {
      const patched = await send(api, 'PATCH', '/products/prod-4', { stock }, { 'content-type': type });
      assert.equal(patched.status, 200);
      const { last_updated: _, ...rest } = patched.json;
      assert.deepEqual(rest, { id: 'prod-4', name: 'Product 4', price: 4.99, stock, category: 'cat-test' });
      assert.equal(await category('prod-4'), 'cat-test');
    }
  });

  it('answers an empty merge patch with the product as it is', async () => {
    const before = await send(api, 'GET', '/products/prod-5');
    for (const patch of [{}, { id: 'prod-5' }]) {
      const patched = await send(api, 'PATCH', '/products/prod-5', patch);
      assert.deepEqual([patched.status, patched.text], [200, before.text]);
      assert.equal(patched.headers.get('etag'), before.headers.get('etag'));
    }
  });

  it('removes a product: 204, then 404 everywhere', async () => {
    await Promise.all([api, other].map((reader) => reader.get('/products/prod-6')));
    const removed = await send(api, 'DELETE', '/products/prod-6');
    assert.deepEqual([removed.status, removed.text], [204, '']);
    assert.equal((await api.get('/products/prod-6')).status, 404);
    await until('it is gone', async () => (await other.get('/products/prod-6')).status === 404);
  });

  it('adds to the stock and takes from it', async () => {
    assert.equal((await send(api, 'POST', '/products/prod-7/stock', { delta: 5 })).json.stock, 12);
    const taken = await send(api, 'POST', '/products/prod-7/stock', { delta: -12 });
    assert.deepEqual([taken.status, taken.json.stock], [200, 0]);
    assert.equal((await send(api, 'GET', '/products/prod-7')).text, taken.text);
  });

  it('never takes more than there is, nor keeps more than can be counted, and says how many there are', async () => {
    const short = await send(api, 'POST', '/products/prod-8/stock', { delta: -9 });
    assert.deepEqual(
      [short.status, short.json.code, short.broken],
      [409, 'STOCK_INSUFFICIENT', ['delta minimum']],
    );
    assert.match(String(short.json.detail), /only 8 in stock/);
    const much = await send(api, 'POST', '/products/prod-8/stock', { delta: 2_147_483_647 });
    assert.deepEqual([much.status, much.json.code], [409, 'STOCK_LIMIT']);
    const least = await send(api, 'POST', '/products/prod-8/stock', { delta: -2_147_483_648 });
    assert.deepEqual([least.status, least.json.code], [409, 'STOCK_INSUFFICIENT']);
    assert.equal((await send(api, 'GET', '/products/prod-8')).json.stock, 8);
  });

  it('knows no product that is not there, and makes none', async () => {
    for (const [method, path, body] of [
      ['PUT', '/products/nope', LAMP],
      ['PATCH', '/products/nope', {}],
      ['PATCH', '/products/nope', { stock: 1 }],
      ['DELETE', '/products/nope', undefined],
      ['POST', '/products/nope/stock', { delta: 1 }],
    ] as const) {
      const refused = await send(api, method, path, body);
      assert.deepEqual([refused.status, refused.json.code], [404, 'PRODUCT_NOT_FOUND'], `${method} ${path}`);
      assert.equal((await send(api, method, path, body, { 'if-match': '*' })).status, 404);
    }
    assert.equal((await api.get('/products/nope')).status, 404);
  });

  it('refuses an impossible id, naming the rule', async () => {
    for (const [method, path] of [
      ['PUT', '/products/-x'],
      ['PATCH', '/products/-x'],
      ['POST', '/products/a%00b/stock'],
    ] as const) {
      const refused = await send(api, method, path, { ...LAMP, delta: 1 });
      assert.deepEqual([refused.status, refused.broken], [400, ['id pattern']]);
    }
    assert.equal((await send(api, 'DELETE', `/products/${'x'.repeat(65)}`)).status, 400);
  });

  it('takes and gives prices to the cent, from the origin, from L2 and from L1', async () => {
    const prices = ['0.1', '0.29', '1.1', '9999999.99', '0.07', '1234567.89', '0.01', '4.35', '1e2', '5.10'];
    for (const [n, price] of prices.entries()) {
      const body = `{"id":"exact-${n}","name":"x","price":${price},"stock":1}`;
      const path = `/products/exact-${n}`;
      const answers = [await send(api, 'POST', '/products', body)];
      answers.push(await send(api, 'PATCH', path, `{"price":${price}}`));
      await catalogue.sql('UPDATE products SET stock = 2 WHERE id = $1', [`exact-${n}`]);
      answers.push(await send(api, 'GET', path, undefined, { 'cache-control': 'no-cache' }));
      for (const reader of [api, other, other]) answers.push(await send(reader, 'GET', path));
      for (const { text } of answers) assert.ok(text.includes(`"price":${Number(price)},`), text);
      const [row] = await catalogue.sql<{ price: string }>('SELECT price FROM products WHERE id = $1', [
        `exact-${n}`,
      ]);
      assert.equal(row?.price, Number(price).toFixed(2));
    }
  });
});
