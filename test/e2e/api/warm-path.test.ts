import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, converse, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { redisWorkDuring } from '../../support/redis-stats.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';

const get = (path: string, ...headers: string[]) =>
  rawRequest(`GET ${path} HTTP/1.1`, ['X-Request-ID: mine', ...headers]);
const TRACE = `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** An answer without what differs from one moment to the next. */
const lasting = (received: string) =>
  received.replaceAll(/\r\nDate: [^\r]+/g, '').replaceAll(/(?<=; ttl=|\r\nage: )\d+/g, 'n');

describe('what Redis has and memory has not', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let filler: Api;
  let app: RoutedApp;
  let off: Api;
  let next = 10;

  /** A product that no process but the filler has asked for. */
  const inRedis = async () => {
    next += 1;
    const path = `/products/prod-${next}`;
    assert.equal((await filler.get(path)).status, 200);
    return path;
  };
  const settled = (api: { url: string }) =>
    until('L2 is trusted', async () => {
      const { status } = (await (await fetch(`${api.url}/health`)).json()) as { status: string };
      return status === 'ok';
    });
  const routedBy = async (bytes: string) => {
    const before = app.routed();
    const received = await converse(app.url, bytes);
    return { routed: app.routed() - before, received };
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(300), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    [filler, app, off] = await Promise.all([
      startApi(settings),
      startRoutedApp({ ...settings, REDIS_COMMAND_TIMEOUT: '1s' }, (fastify) => {
        fastify.get('/products/featured', (_request, reply) => reply.send('a route of its own'));
      }),
      startApi({ ...settings, HTTP_FAST_PATH: 'off' }),
    ]);
    await Promise.all([filler, app, off].map(settled));
    // The first request to the route makes it hot.
    await converse(app.url, get('/products/prod-1') + LAST_REQUEST);
  });
  after(async () => {
    await Promise.all([filler.stop(), app.stop(), off.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  it('is answered ahead of the router, as the router answers it, byte for byte', async () => {
    for (const [what, ask, expected] of [
      ['a product', (path: string) => get(path), /^HTTP\/1\.1 200 .*detail=redis.*"id":"prod-/s],
      ['a trace', (path: string) => get(path, TRACE), /traceparent: 00-a+-b+-01.*detail=redis/s],
      [
        'HEAD',
        (path: string) => rawRequest(`HEAD ${path} HTTP/1.1`, ['X-Request-ID: mine']),
        /^HTTP\/1\.1 200 .*detail=redis.*content-length: \d+\r\n.*\r\n\r\n$/s,
      ],
      ['a condition that holds', (path: string) => get(path, 'If-None-Match: *'), /^HTTP\/1\.1 304 /],
      ['one that does not', (path: string) => get(path, 'If-None-Match: "x"'), /^HTTP\/1\.1 200 /],
    ] as const) {
      const bytes = ask(await inRedis()).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
      const { routed, received } = await routedBy(bytes);
      assert.equal(routed, 0, what);
      assert.match(received, expected, what);
      assert.equal(lasting(received), lasting(await converse(off.url, bytes)), what);
    }
  });

  it('does not answer an address that is a route of its own', async () => {
    const bytes = await redis.client.getBuffer(
      redisKeys.entry(`product:${(await inRedis()).slice('/products/'.length)}`),
    );
    await redis.client.set(redisKeys.entry('product:featured'), bytes ?? '', 'PX', 3_900_000);
    assert.match(
      await converse(app.url, get('/products/featured', 'Connection: close')),
      /a route of its own$/,
    );
  });

  it('comes from memory the next time', async () => {
    const path = await inRedis();
    const [first, second] = [
      await converse(app.url, get(path) + LAST_REQUEST),
      await routedBy(get(path, 'Connection: close')),
    ];
    assert.match(first, /detail=redis/);
    assert.match(second.received, /detail=l1/);
    assert.equal(second.routed, 0);
  });

  it('is sent in the order of pipelined requests', async () => {
    const paths = [
      await inRedis(),
      '/products/prod-1',
      await inRedis(),
      '/products/prod-299',
      await inRedis(),
    ];
    const answers = answersOf(
      await converse(app.url, paths.map((path) => get(path)).join('') + LAST_REQUEST),
    );
    assert.deepEqual(
      answers.slice(0, -1).map((answer) => `/products/${/"id":"([^"]+)"/.exec(answer)?.[1]}`),
      paths,
    );
  });

  it('is counted as a miss of memory and a hit of Redis, and answered once', async () => {
    const count = async (series: string) => {
      const page = await (await fetch(`${app.url}/metrics`)).text();
      const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    };
    const counts = async () => {
      const series = [
        'cache_misses_total{cache_type="l1"}',
        'cache_hits_total{cache_type="redis"}',
        'cache_misses_total{cache_type="redis"}',
        'api_request_latency_seconds_count{endpoint="/products/:id",method="GET"}',
      ];
      return Promise.all(series.map(count));
    };
    const before = await counts();
    const found = await Promise.all(Array.from({ length: 5 }, inRedis));
    for (const path of found) await converse(app.url, get(path, 'Connection: close'));
    // A key that is only in Postgres is tried in vain, and counted as if it had not been.
    await converse(app.url, get('/products/prod-9', 'Connection: close'));
    const after = await counts();
    assert.deepEqual(
      after.map((value, n) => value - (before[n] ?? 0)),
      [6, 5, 1, 6],
    );
  });

  it('is left to the router where there is no such thing', async () => {
    const { routed, received } = await routedBy(get('/products/nope', 'Connection: close'));
    assert.equal(routed, 1);
    assert.match(received, /^HTTP\/1\.1 404 .*detail=origin/s);
  });

  it('is left to the router where memory itself knows that there is no such thing', async () => {
    const ask = get('/products/nowhere', 'Connection: close');
    assert.match(await converse(app.url, ask), /^HTTP\/1\.1 404 .*detail=origin/s);
    // The relay and the consistency meter run scripts of their own now and then.
    await until('it is answered without a script of Redis', async () => {
      const { scripts } = await redisWorkDuring(redis.client, async () =>
        assert.match(await converse(app.url, ask), /^HTTP\/1\.1 404 .*detail=l1/s),
      );
      return scripts === 0;
    });
  });

  it('is answered as stale where it is past its fresh time', async () => {
    const path = await inRedis();
    await redis.client.pexpire(redisKeys.entry(`product:${path.slice('/products/'.length)}`), 60_000);
    const { routed, received } = await routedBy(get(path, 'Connection: close'));
    assert.equal(routed, 0);
    assert.match(received, /ttl=-\d+; detail=redis/);
  });

  it('is answered from Postgres when Redis stops answering in the middle', async () => {
    const path = await inRedis();
    redis.pause();
    try {
      const { routed, received } = await routedBy(get(path, 'Connection: close'));
      assert.equal(routed, 0);
      assert.match(received, /^HTTP\/1\.1 200 .*detail=origin/s);
    } finally {
      redis.resume();
    }
    await settled(app);
  });
});

describe('what neither memory nor Redis has', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let app: RoutedApp;
  let off: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, CACHE_FRESH_JITTER: '0ms' };
    [app, off] = await Promise.all([
      startRoutedApp(settings),
      startApi({ ...settings, HTTP_FAST_PATH: 'off' }),
    ]);
    for (const { url } of [app, off])
      await until('L2 is trusted', async () => {
        const { status } = (await (await fetch(`${url}/health`)).json()) as { status: string };
        return status === 'ok';
      });
    await converse(app.url, get('/products/prod-1') + LAST_REQUEST);
  });
  after(async () => {
    await Promise.all([app.stop(), off.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  it('is loaded ahead of the router, and answered as the router answers it, byte for byte', async () => {
    const close = 'Connection: close';
    for (const [bytes, expected] of [
      [get('/products/prod-10', close), /^HTTP\/1\.1 200 .*fwd=uri-miss; stored; ttl=.*"id":"prod-10"/s],
      [get('/products/prod-11', close, TRACE), /traceparent: 00-a+-b+-01.*detail=origin/s],
      [
        rawRequest('HEAD /products/prod-12 HTTP/1.1', ['X-Request-ID: mine', close]),
        /^HTTP\/1\.1 200 .*detail=origin.*content-length: \d+\r\n.*\r\n\r\n$/s,
      ],
      [get('/products/prod-13', close, 'If-None-Match: *'), /^HTTP\/1\.1 304 .*detail=origin/s],
      [get('/products/prod-14', close, 'If-None-Match: "x"'), /^HTTP\/1\.1 200 /],
    ] as const) {
      const before = app.routed();
      const received = await converse(app.url, bytes);
      assert.equal(app.routed(), before, bytes);
      assert.match(received, expected);
      await redis.client.del(redisKeys.entry(`product:${/prod-\d+/.exec(bytes)?.[0]}`));
      assert.equal(lasting(received), lasting(await converse(off.url, bytes)));
    }
  });

  it('is answered by the router where there is no such thing or no answer, once it was read ahead of it', async () => {
    const ask = get('/products/nope', 'Connection: close');
    const statements = await statementsDuring(catalogue, 'FROM products', async () => {
      assert.match(await converse(app.url, ask), /^HTTP\/1\.1 404 .*detail=origin.*PRODUCT_NOT_FOUND/s);
    });
    assert.equal(statements, 1);
    const release = await catalogue.lock('products');
    const received = await converse(app.url, get('/products/prod-20', 'Connection: close'));
    await release();
    assert.match(received, /^HTTP\/1\.1 503 .*retry-after: \d+.*application\/problem\+json/is);
  });
});

describe('a limit of misses', () => {
  it('counts what Redis answers too', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(20), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    const [filler, limited] = await Promise.all([
      startApi(settings),
      startApi({ ...settings, RATE_LIMIT_MISSES: '3' }),
    ]);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await filler.get(`/products/prod-${n}`);
      statuses.push((await limited.get(`/products/prod-${n}`)).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    await Promise.all([filler.stop(), limited.stop()]);
    await redis.stop();
    await catalogue.drop();
  });
});
