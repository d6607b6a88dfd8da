import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

interface Batch {
  items: { id: string; name: string; price: number; stock: number; last_updated: number }[];
  missing: string[];
}

/** What loads products by their ids begins so. */
const LOAD_STATEMENT = 'SELECT id, name, price, stock, ';

const status = (response: Response) => response.headers.get('cache-status') ?? '';

describe('GET /products?ids=', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const batch = async (query: string) => (await (await api.get(`/products?${query}`)).json()) as Batch;

  it('answers in the order asked, each once, and names those that there are not', async () => {
    const { items, missing } = await batch('ids=prod-9,nope-2,prod-3,prod-9,nope-1,nope-2,prod-7');
    assert.deepEqual(
      items.map(({ id }) => id),
      ['prod-9', 'prod-3', 'prod-7'],
    );
    assert.deepEqual(missing, ['nope-2', 'nope-1']);
  });

  it('takes the parameter several times as well', async () => {
    const { items } = await batch('ids=prod-2&ids=prod-1,prod-4&ids=prod-3');
    assert.deepEqual(
      items.map(({ id }) => id),
      ['prod-2', 'prod-1', 'prod-4', 'prod-3'],
    );
  });

  it('shows each product as its own route does, to the byte, whatever is in its name', async () => {
    await catalogue.sql(`UPDATE products SET name = 'Café "ß" 日本 🎈' WHERE id = 'prod-40'`);
    const whole = await (await api.get('/products?ids=prod-40,prod-41')).text();
    const singly = await Promise.all(
      ['prod-40', 'prod-41'].map(async (id) => (await api.get(`/products/${id}`)).text()),
    );
    assert.equal(whole, `{"items":[${singly.join(',')}],"missing":[]}`);
  });

  it('asks Postgres once for all that no tier has, and for none that one has', async () => {
    const ids = (from: number) => Array.from({ length: 100 }, (_, n) => `prod-${from + n}`).join(',');
    const asked = (from: number) =>
      statementsDuring(catalogue, LOAD_STATEMENT, () => batch(`ids=${ids(from)}`));
    assert.equal(await asked(100), 1);
    assert.equal(await asked(100), 0);
    assert.equal(await asked(150), 1);
  });

  it('asks once, and Redis with few commands, for 100 ids that there are not', async () => {
    const ids = (set: number) => Array.from({ length: 100 }, (_, n) => `nope-${set}-${n}`).join(',');
    // The first of a kind loads scripts.
    await batch(`ids=${ids(0)}`);
    const asked = await statementsDuring(catalogue, LOAD_STATEMENT, async () => {
      const { scripts } = await redisWorkDuring(redis.client, async () => {
        assert.equal((await batch(`ids=${ids(1)}`)).missing.length, 100);
      });
      // Two to read and lease, two to fill, and those of the relay and its like meanwhile.
      assert.ok(scripts < 50, `${scripts} scripts`);
    });
    assert.equal(asked, 1);
  });

  it('is a hit only when every part is, of the furthest tier that was needed', async () => {
    await api.get('/products/prod-50');
    const first = await api.get('/products?ids=prod-50,prod-51');
    assert.match(status(first), /^hotshelf; fwd=uri-miss; stored; ttl=\d+; detail=origin$/);
    assert.match(status(await api.get('/products?ids=prod-50,prod-51')), /^hotshelf; hit; .*detail=l1$/);
    const second = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      await untilUsesRedis(second);
      await second.get('/products/prod-51');
      assert.match(status(await second.get('/products?ids=prod-50,prod-51')), /; hit; .*detail=redis$/);
      assert.match(status(await second.get('/products?ids=prod-50,prod-51')), /; hit; .*detail=l1$/);
    } finally {
      await second.stop();
    }
  });

  it('is as fresh as the part that ends first, and as old as the oldest', async () => {
    await until('a product is more than a second old', async () => {
      return Number((await api.get('/products/prod-60')).headers.get('age')) >= 1;
    });
    const response = await api.get('/products?ids=prod-60,nope-60');
    assert.ok(Number(response.headers.get('age')) >= 1);
    const ttl = Number(/ttl=(\d+)/.exec(status(response))?.[1]);
    assert.ok(ttl <= 30, 'that there is none of an id is remembered for 30 s');
  });

  it('reads the origin when the client says no-cache', async () => {
    await batch('ids=prod-70,prod-71');
    await catalogue.sql(`UPDATE products SET stock = 7070 WHERE id = 'prod-70'`);
    const response = await api.get('/products?ids=prod-70,prod-71', { 'cache-control': 'no-cache' });
    assert.match(status(response), /fwd=request/);
    assert.equal(((await response.json()) as Batch).items[0]?.stock, 7070);
  });

  it('shows a change as soon as the product itself does', async () => {
    await batch('ids=prod-80,prod-81');
    await catalogue.sql(`UPDATE products SET stock = 8080 WHERE id = 'prod-80'`);
    await until(
      'the change is seen',
      async () => (await batch('ids=prod-81,prod-80')).items[1]?.stock === 8080,
    );
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-81'`);
    await until(
      'the deletion is seen',
      async () => (await batch('ids=prod-80,prod-81')).missing[0] === 'prod-81',
    );
  });

  it('answers 304 to a client that has these bytes, and 200 once they are others', async () => {
    const first = await api.get('/products?ids=prod-90,prod-91');
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    assert.match(first.headers.get('cache-control') ?? '', /max-age=\d+, stale-while-revalidate=\d+/);
    const again = await api.get('/products?ids=prod-90,prod-91', { 'if-none-match': etag });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
    assert.equal(again.headers.get('etag'), etag);
    assert.ok(again.headers.has('age') && again.headers.has('cache-control'));
    const other = await api.get('/products?ids=prod-91,prod-90', { 'if-none-match': etag });
    assert.equal(other.status, 200, 'the order is part of the answer');
  });

  const hundred = Array.from({ length: 100 }, (_, n) => `x-${n}`).join(',');
  for (const [query, expected] of [
    ['ids=', [['ids', 'minimum']]],
    [`ids=${hundred},x-100`, [['ids', 'maximum']]],
    [`ids=${hundred}&ids=x-100`, [['ids', 'maximum']]],
    ['ids=prod-1,,prod-2', [['ids', 'pattern']]],
    ['ids=prod-1,', [['ids', 'pattern']]],
    ['ids=prod-1,-x', [['ids', 'pattern']]],
    ['ids=%zz', [['ids', 'pattern']]],
    ['ids=caf%C3%A9', [['ids', 'pattern']]],
    ['ids=a%00', [['ids', 'pattern']]],
    ['ids=prod-1&category=cat-test', [['category', 'exclusive']]],
    [
      'ids=prod-1&limit=5&cursor=x',
      [
        ['limit', 'exclusive'],
        ['cursor', 'exclusive'],
      ],
    ],
    ['ids=prod-1&foo=1', [['foo', 'unknown_field']]],
    ['id=prod-1', [['id', 'unknown_field']]],
  ] as const) {
    it(`answers 400 with the field and the rule for ?${query.slice(0, 40)}`, async () => {
      const response = await api.get(`/products?${query}`);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const { errors } = (await response.json()) as { errors: { field: string; rule: string }[] };
      assert.deepEqual(
        errors.map(({ field, rule }) => [field, rule]),
        expected,
      );
      assert.equal(response.headers.get('cache-status'), null);
    });
  }

  it('takes a hundred ids at once', async () => {
    assert.equal((await batch(`ids=${hundred}`)).missing.length, 100);
  });
});
