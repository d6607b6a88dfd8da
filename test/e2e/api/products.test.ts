import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

/** A request line as it is, past every client that would tidy it up. */
async function raw(api: Api, requestLine: string, headers: readonly string[] = []): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${[requestLine, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

describe('GET /products/:id', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;
  let second: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    [api, second] = await Promise.all([startApi(settings), startApi(settings)]);
    await Promise.all([untilUsesRedis(api), untilUsesRedis(second)]);
  });
  after(async () => {
    await Promise.all([api.stop(), second.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  it('answers with the product', async () => {
    const response = await api.get('/products/prod-1');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    const { last_updated: lastUpdated, ...rest } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual(rest, { id: 'prod-1', name: 'Product 1', price: 1.99, stock: 1, category: 'cat-test' });
    assert.ok(typeof lastUpdated === 'number' && Math.abs(lastUpdated - Date.now() / 1_000) < 600);
  });

  it('reads Postgres first, then memory, and another process reads Redis', async () => {
    const detail = async (from: Api) => (await from.get('/products/prod-2')).headers.get('cache-status');
    assert.match((await detail(api)) ?? '', /fwd=uri-miss.*detail=origin/);
    assert.match((await detail(api)) ?? '', /hit; ttl=3\d\d; detail=l1/);
    assert.match((await detail(second)) ?? '', /hit; ttl=3\d\d; detail=redis/);
    assert.match((await detail(second)) ?? '', /hit; ttl=3\d\d; detail=l1/);
  });

  it('loads what the release before has cached in Redis, whose products have no category', async () => {
    const own = await api.get('/products/prod-7');
    const body = await own.text();
    assert.match(body, /,"category":"cat-test"\}$/);
    const key = redisKeys.entry('product:prod-7');
    const former = Buffer.from(
      ((await redis.client.getBuffer(key)) ?? Buffer.alloc(0))
        .toString('latin1')
        .replace(',"category":"cat-test"', ''),
      'latin1',
    );
    former.writeUInt8(2, 2);
    await redis.client.set(key, former, 'PX', 3_600_000);
    const read = await second.get('/products/prod-7');
    assert.match(read.headers.get('cache-status') ?? '', /detail=origin/);
    assert.equal(await read.text(), body);
    assert.equal(read.headers.get('etag'), own.headers.get('etag'));
    assert.equal((await redis.client.getBuffer(key))?.[2], 3, 'it is written over');
  });

  it('keeps it in Redis under product:<id>, until its grace ends, each a little longer or shorter than the others', async () => {
    const ids = Array.from({ length: 40 }, (_, n) => n + 10);
    await Promise.all(ids.map((n) => api.get(`/products/prod-${n}`)));
    const lives = await Promise.all(ids.map((n) => redis.client.pttl(redisKeys.entry(`product:prod-${n}`))));
    assert.ok(lives.every((leftMs) => leftMs > 290_000 + 3_600_000 && leftMs <= 360_000 + 3_600_000));
    assert.ok(
      new Set(lives.map((leftMs) => Math.round(leftMs / 1_000))).size > 10,
      'they would end together',
    );
  });

  it('answers a client that has the entity with 304 and no body', async () => {
    const first = await api.get('/products/prod-3');
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    const second = await api.get('/products/prod-3', { 'if-none-match': etag });
    assert.equal(second.status, 304);
    assert.equal(await second.text(), '');
    assert.equal(second.headers.get('etag'), etag);
    assert.equal((await api.get('/products/prod-3', { 'if-none-match': '"other"' })).status, 200);
  });

  it('reads the origin when the client says no-cache', async () => {
    await api.get('/products/prod-4');
    await catalogue.sql(`UPDATE products SET stock = 4444 WHERE id = 'prod-4'`);
    const response = await api.get('/products/prod-4', { 'cache-control': 'no-cache' });
    assert.match(response.headers.get('cache-status') ?? '', /fwd=request/);
    assert.equal(((await response.json()) as { stock: number }).stock, 4444);
  });

  it('keeps prices exact', async () => {
    await catalogue.sql(`UPDATE products SET price = 9999999.99 WHERE id = 'prod-5'`);
    await catalogue.sql(`UPDATE products SET price = 0.30 WHERE id = 'prod-6'`);
    assert.match(await (await api.get('/products/prod-5')).text(), /"price":9999999\.99,/);
    assert.match(await (await api.get('/products/prod-6')).text(), /"price":0\.3,/);
  });

  it('answers 404 for an unknown id, and remembers it', async () => {
    for (const detail of [/detail=origin/, /hit; ttl=\d+; detail=l1/]) {
      const response = await api.get('/products/nope');
      assert.equal(response.status, 404);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.match(response.headers.get('cache-status') ?? '', detail);
      const problem = (await response.json()) as Record<string, unknown>;
      assert.equal(problem.type, 'urn:hotshelf:problem:product-not-found');
      assert.equal(problem.request_id, response.headers.get('x-request-id'));
    }
    assert.ok((await redis.client.pttl(redisKeys.entry('product:nope'))) <= 30_000 + 3_600_000);
  });

  for (const id of [
    '-leading',
    '.hidden',
    '_x',
    'a'.repeat(65),
    'a'.repeat(10_240),
    'a%00b',
    '%00',
    'a%20b',
    'caf%C3%A9',
    'a%2Fb',
  ]) {
    it(`answers 400 with the broken rule for the id ${id.slice(0, 20)}`, async () => {
      const response = await api.get(`/products/${id}`);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const { errors } = (await response.json()) as { errors: { field: string; rule: string }[] };
      assert.deepEqual(
        errors.map(({ field, rule }) => [field, rule]),
        [['id', 'pattern']],
      );
      assert.equal(response.headers.get('cache-status'), null, 'an impossible id must never reach the cache');
    });
  }

  it('takes the longest and oddest of the possible ids', async () => {
    for (const id of ['a'.repeat(64), '0', 'A.b_c-d']) {
      assert.equal((await api.get(`/products/${id}`)).status, 404);
    }
  });

  for (const path of [
    '/products/../etc',
    '/products/../../etc/passwd',
    '/products/%zz',
    '/products/%',
    '/nothing',
    '/products/a/b',
  ]) {
    it(`answers ${path} with a problem, never with 500`, async () => {
      const answer = await raw(api, `GET ${path} HTTP/1.1`);
      assert.match(answer, /^HTTP\/1\.1 40[04] /);
      assert.match(answer, /\r\ncontent-type: application\/problem\+json\r\n/i);
      assert.match(answer, /\r\nx-request-id: /i);
    });
  }

  it('answers what is not HTTP with a problem too', async () => {
    const answer = await raw(api, 'GARBAGE');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /application\/problem\+json/);
  });

  it('answers 431 or 400 for headers beyond all bounds, and goes on serving', async () => {
    const answer = await raw(api, 'GET /products/prod-1 HTTP/1.1', [`X-Big: ${'x'.repeat(100_000)}`]);
    assert.match(answer, /^HTTP\/1\.1 4(?:00|31) /);
    assert.equal((await api.get('/products/prod-1')).status, 200);
  });
});
