import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { converse, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const SECONDS = /(?<=; ttl=|\r\nage: )-?\d+/g;

/** An answer without what differs from one moment and one process to the next. */
function lasting(received: string): string {
  return received
    .replaceAll(/\r\nDate: [^\r]+/g, '')
    .replaceAll(/(x-request-id: )[\w-]{12}-\w+/g, '$1made')
    .replaceAll(SECONDS, 'n');
}

function secondsOf(received: string): number[] {
  return (received.match(SECONDS) ?? []).map(Number);
}

/** Times travel through Redis as lengths, and the two are asked one after the other. */
function assertWithinASecondOrTwo(one: string, other: string): void {
  const others = secondsOf(other);
  const near = secondsOf(one).every((seconds, n) => Math.abs(seconds - (others[n] ?? Number.NaN)) <= 2);
  assert.ok(near, `${secondsOf(one)} against ${others}`);
}

describe('the fast path', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let on: Api;
  let off: Api;
  let etag: string;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, CACHE_FRESH_JITTER: '0ms' };
    [on, off] = await Promise.all([startApi(settings), startApi({ ...settings, HTTP_FAST_PATH: 'off' })]);
    for (const api of [on, off]) {
      for (const path of ['/products/prod-1', '/categories/cat-test', '/categories', '/products/nope'])
        await isHot(api, path);
    }
    etag = (await on.get('/products/prod-1')).headers.get('etag') ?? '';
  });
  after(async () => {
    await Promise.all([on.stop(), off.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  const isHot = (api: Api, path: string) =>
    until(`${path} is answered from memory`, async () =>
      ((await api.get(path)).headers.get('cache-status') ?? '').endsWith('detail=l1'),
    );

  const alike = async (request: string) => {
    const closes = /\r\nConnection: close|HTTP\/1\.0(?!.*keep-alive)/s.test(request);
    const bytes = closes ? request : request + LAST_REQUEST;
    const [one, other] = [await converse(on.url, bytes), await converse(off.url, bytes)];
    assert.equal(lasting(one), lasting(other));
    assertWithinASecondOrTwo(one, other);
    return one;
  };

  const get = (path: string, ...headers: string[]) =>
    rawRequest(`GET ${path} HTTP/1.1`, ['X-Request-ID: mine', ...headers]);

  describe('answers as the router does, byte for byte,', () => {
    for (const [what, request, expected] of [
      ['a product', get('/products/prod-1'), /^HTTP\/1\.1 200 .*detail=l1.*"id":"prod-1"/s],
      [
        'a request that is part of a trace',
        get('/products/prod-1', `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
        /^HTTP\/1\.1 200 .*traceparent: 00-a+-b+-01/s,
      ],
      ['a trace that is none', get('/products/prod-1', 'traceparent: 00-0-0-0'), /^HTTP\/1\.1 200 /],
      ['a request for two hosts', get('/products/prod-1', 'Host: y'), /^HTTP\/1\.1 400 /],
      ['a category', get('/categories/cat-test'), /^HTTP\/1\.1 200 .*detail=l1.*"product_count":10/s],
      ['the list of categories', get('/categories'), /^HTTP\/1\.1 200 /],
      ['a request without an id', rawRequest('GET /products/prod-1 HTTP/1.1'), /x-request-id: [\w-]{12}-/],
      [
        'an id that is not sane',
        rawRequest('GET /products/prod-1 HTTP/1.1', ['X-Request-ID: a b']),
        /x-request-id: [\w-]{12}-/,
      ],
      [
        'HEAD',
        rawRequest('HEAD /products/prod-1 HTTP/1.1', ['X-Request-ID: mine']),
        /^HTTP\/1\.1 200 .*content-length: \d\d/s,
      ],
      ['an unknown id', get('/products/nope'), /^HTTP\/1\.1 404 .*detail=l1/s],
      ['an id that none can have', get('/products/-x'), /^HTTP\/1\.1 400 /],
      ['no id', get('/products/'), /^HTTP\/1\.1 40[04] /],
      ['a path below', get('/products/prod-1/x'), /^HTTP\/1\.1 404 /],
      ['a slash at the end', get('/products/prod-1/'), /^HTTP\/1\.1 404 /],
      ['a query', get('/products/prod-1?a=b'), /^HTTP\/1\.1 200 /],
      ['an empty query', get('/products/prod-1?'), /^HTTP\/1\.1 200 /],
      ['a fragment', get('/products/prod-1#a'), /^HTTP\/1\.1 /],
      ['a semicolon', get('/products/prod-1;a'), /^HTTP\/1\.1 400 /],
      ['a percent-encoded path', get('/products/prod%2D1'), /^HTTP\/1\.1 200 .*"id":"prod-1"/s],
      ['a broken encoding', get('/products/%zz'), /^HTTP\/1\.1 400 /],
      ['dots', get('/products/../products/prod-1'), /^HTTP\/1\.1 404 /],
      ['another case', get('/Products/prod-1'), /^HTTP\/1\.1 404 /],
      ['an absolute address', get('http://x/products/prod-1'), /^HTTP\/1\.1 /],
      ['no-cache', get('/products/prod-1', 'Cache-Control: no-cache'), /detail=origin/],
      ['max-age=0', get('/products/prod-1', 'Cache-Control: max-age=0'), /detail=l1/],
      [
        'another method',
        rawRequest('DELETE /products/prod-1 HTTP/1.1', ['X-Request-ID: mine']),
        /^HTTP\/1\.1 401 /,
      ],
      [
        'OPTIONS',
        rawRequest('OPTIONS /products/prod-1 HTTP/1.1', ['X-Request-ID: mine']),
        /^HTTP\/1\.1 204 /,
      ],
      [
        'a GET with a body',
        rawRequest('GET /products/prod-1 HTTP/1.1', ['X-Request-ID: mine', 'Content-Length: 2'], '{}'),
        /^HTTP\/1\.1 200 /,
      ],
      [
        'a GET with a body in chunks',
        rawRequest(
          'GET /products/prod-1 HTTP/1.1',
          ['X-Request-ID: mine', 'Transfer-Encoding: chunked'],
          '2\r\n{}\r\n0\r\n\r\n',
        ),
        /^HTTP\/1\.1 200 /,
      ],
      ['an Expect header', get('/products/prod-1', 'Expect: 100-continue'), /HTTP\/1\.1 200 /],
      [
        'an Upgrade header',
        get('/products/prod-1', 'Connection: close', 'Upgrade: websocket'),
        /^HTTP\/1\.1 200 /,
      ],
      ['a client that closes', get('/products/prod-1', 'Connection: close'), /Connection: close/],
      ['HTTP/1.0', rawRequest('GET /products/prod-1 HTTP/1.0', ['X-Request-ID: mine']), /Connection: close/],
      [
        'HTTP/1.0 that stays',
        rawRequest('GET /products/prod-1 HTTP/1.0', ['X-Request-ID: mine', 'Connection: keep-alive']),
        /Connection: keep-alive/,
      ],
      [
        'HTTP/1.1 without a host',
        'GET /products/prod-1 HTTP/1.1\r\nX-Request-ID: mine\r\nConnection: close\r\n\r\n',
        /^HTTP\/1\.1 400 /,
      ],
    ] as const) {
      it(what, async () => {
        assert.match(await alike(request), expected);
        await isHot(on, '/products/prod-1');
        await isHot(off, '/products/prod-1');
      });
    }

    it('conditions that hold, and those that do not', async () => {
      for (const condition of [etag, '*', ` * `, `"a", ${etag}`, `W/${etag}`, `"a",W/${etag}`]) {
        const answer = await alike(get('/products/prod-1', `If-None-Match: ${condition}`));
        assert.match(answer, /^HTTP\/1\.1 304 /, condition);
      }
      for (const condition of ['"a"', 'W/"a"', '']) {
        assert.match(
          await alike(get('/products/prod-1', `If-None-Match: ${condition}`)),
          /^HTTP\/1\.1 200 /,
          condition,
        );
      }
      const head = rawRequest('HEAD /products/prod-1 HTTP/1.1', [
        'X-Request-ID: mine',
        `If-None-Match: ${etag}`,
      ]);
      assert.match(await alike(head), /^HTTP\/1\.1 304 /);
    });
  });

  it('says nothing of other origins where none is let in, whatever a request names', async () => {
    for (const headers of [[], ['Origin: https://shop.example']]) {
      const answer = await alike(get('/products/prod-1', ...headers));
      assert.doesNotMatch(answer, /access-control|\r\nvary/i);
      assert.match(answer, /\r\ncross-origin-resource-policy: same-origin\r\n/);
    }
  });

  it('counts every answer once, as the router does', async () => {
    for (const api of [on, off]) {
      const hits = 'cache_hits_total{cache_type="l1"}';
      const answers = (method: string) =>
        `api_request_latency_seconds_count{endpoint="/products/:id",method="${method}"}`;
      const counts = () =>
        Promise.all([hits, answers('GET'), answers('HEAD')].map((series) => api.metric(series)));
      const before = await counts();
      for (let n = 0; n < 40; n += 1) await api.get('/products/prod-1');
      for (let n = 0; n < 10; n += 1) await fetch(`${api.url}/products/prod-1`, { method: 'HEAD' });
      // Not by fetch, which adds no-cache of its own.
      for (let n = 0; n < 5; n += 1)
        await converse(api.url, get('/products/prod-1', `If-None-Match: ${etag}`, 'Connection: close'));
      assert.deepEqual(
        (await counts()).map((count, n) => count - (before[n] ?? 0)),
        [55, 45, 10],
      );
      const buckets = `api_request_latency_seconds_bucket{le="+Inf",endpoint="/products/:id",method="HEAD"}`;
      assert.equal(await api.metric(buckets), (before[2] ?? 0) + 10);
    }
  });

  it('serves no old value after an invalidation', async () => {
    for (let stock = 1_000; stock < 1_005; stock += 1) {
      await catalogue.sql(`UPDATE products SET stock = ${stock} WHERE id = 'prod-1'`);
      await until(
        'the change is seen',
        async () => ((await (await on.get('/products/prod-1')).json()) as { stock: number }).stock === stock,
        2_000,
      );
      // Monotonic from here on, from memory too.
      await isHot(on, '/products/prod-1');
      assert.equal(((await (await on.get('/products/prod-1')).json()) as { stock: number }).stock, stock);
    }
    await catalogue.sql(`DELETE FROM products WHERE id = 'prod-9'`);
    await until('the deletion is seen', async () => (await on.get('/products/prod-9')).status === 404, 2_000);
  });
});
