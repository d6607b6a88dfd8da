import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { exchange, parseAnswer } from '../../support/raw-http.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { WRITER_API_KEYS, WRITER_KEY } from '../../support/writer-key.ts';

const SHOP = 'https://shop.example';
const ADMIN = 'http://admin.example:8080';

/** What a script may read beside what browsers always show. */
const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-ID',
  'Cache-Status',
  'Age',
  'Idempotency-Replayed',
];

describe('pages of other origins', () => {
  let catalogue: Catalogue;
  let listed: RoutedApp;
  let open: RoutedApp;
  let closed: RoutedApp;

  before(async () => {
    catalogue = await createCatalogue(10);
    const settings = { DATABASE_URL: catalogue.url, API_KEYS: WRITER_API_KEYS };
    listed = await startRoutedApp({ ...settings, CORS_ORIGINS: `${SHOP}, ${ADMIN}` });
    open = await startRoutedApp({ ...settings, CORS_ORIGINS: '*' });
    closed = await startRoutedApp(settings);
  });
  after(async () => {
    for (const api of [listed, open, closed]) await api?.stop();
    await catalogue.drop();
  });

  const send = async (api: RoutedApp, requestLine: string, headers: readonly string[] = [], body = '') =>
    parseAnswer(
      await exchange(api.url, [`${requestLine} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers], body),
    );

  const body = '{"name":"Lamp","price":1,"stock":1}';
  const REQUESTS = [
    ['a product', 'GET /products/prod-1', [], '', 200],
    ['the same from memory', 'GET /products/prod-1', [], '', 200],
    ['HEAD', 'HEAD /products/prod-1', [], '', 200],
    ['what has not changed', 'GET /products/prod-1', ['If-None-Match: *'], '', 304],
    ['a page', 'GET /products?limit=2', [], '', 200],
    ['health', 'GET /health/live', [], '', 200],
    ['the description', 'GET /docs-json', [], '', 200],
    ['a product that there is not', 'GET /products/nope', [], '', 404],
    ['an address that there is not', 'GET /nothing', [], '', 404],
    ['an id that none can have', 'GET /products/-', [], '', 400],
    ['a broken encoding', 'GET /products/%zz', [], '', 400],
    ['a method that is not taken', 'DELETE /products', [], '', 405],
    ['OPTIONS', 'OPTIONS /products', [], '', 204],
    ['an address that is too long', `GET /products?${'q'.repeat(12_300)}`, [], '', 414],
    ['too many headers', 'GET /products', Array.from({ length: 99 }, (_, n) => `x-${n}: a`), '', 431],
    ['a write without a key', 'POST /products', [`Content-Length: ${body.length}`], body, 401],
    [
      'a write',
      'POST /products',
      [
        `Authorization: Bearer ${WRITER_KEY}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ],
      body,
      201,
    ],
  ] as const;

  for (const [what, line, headers, sent, status] of REQUESTS) {
    it(`of a listed origin may read the answer to ${what}`, async () => {
      for (const origin of [SHOP, ADMIN]) {
        const answer = await send(listed, line, [`Origin: ${origin}`, ...headers], sent);
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/);
        assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
        const exposed = answer.headers.get('access-control-expose-headers')?.split(', ') ?? [];
        assert.deepEqual(
          EXPOSED.filter((name) => !exposed.includes(name)),
          [],
        );
      }
    });

    it(`of another origin, or of none, may not read it, and a shared cache knows why: ${what}`, async () => {
      const others = ['Origin: https://other.example', 'Origin: null', `Origin: ${SHOP}, ${ADMIN}`];
      for (const origin of [[], ...others.map((other) => [other])]) {
        const answer = await send(listed, line, [...origin, ...headers], sent);
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
        assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/);
      }
    });

    it(`of every origin may read it where all are let in: ${what}`, async () => {
      for (const origin of [[], ['Origin: null'], [`Origin: ${SHOP}`]]) {
        const answer = await send(open, line, [...origin, ...headers], sent);
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('access-control-allow-origin'), '*');
        assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
        assert.doesNotMatch(answer.headers.get('vary') ?? '', /\bOrigin\b/);
      }
    });

    it(`may not read it where no origin is let in: ${what}`, async () => {
      const answer = await send(closed, line, [`Origin: ${SHOP}`, ...headers], sent);
      assert.equal(answer.status, status);
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
        [],
      );
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
    });
  }

  const preflight = (api: RoutedApp, path: string, origin: string, method = 'PATCH') =>
    send(api, `OPTIONS ${path}`, [
      `Origin: ${origin}`,
      `Access-Control-Request-Method: ${method}`,
      'Access-Control-Request-Headers: authorization, content-type, if-match, idempotency-key',
    ]);

  it('get a preflight answer, also for an unknown address: its problem can be read then', async () => {
    for (const api of [listed, open])
      for (const path of ['/products/prod-1', '/products', '/nothing', '*']) {
        const { status, headers, body } = await preflight(api, path, SHOP);
        assert.deepEqual([status, body], [204, ''], path);
        assert.equal(headers.get('access-control-allow-origin'), api === open ? '*' : SHOP);
        assert.equal(headers.get('access-control-max-age'), '7200');
        const methods = headers.get('access-control-allow-methods')?.split(', ');
        assert.deepEqual(methods, ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']);
        const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ') ?? [];
        for (const name of ['authorization', 'content-type', 'if-match', 'if-none-match', 'idempotency-key'])
          assert.ok(allowed.includes(name), name);
        assert.equal(headers.get('access-control-allow-credentials'), null);
      }
  });

  it('get no header if they are not listed', async () => {
    for (const [api, origin] of [
      [listed, 'https://other.example'],
      [listed, 'null'],
      [listed, `${SHOP}.evil.example`],
      [closed, SHOP],
    ] as const) {
      const { status, headers } = await preflight(api, '/products/prod-1', origin);
      assert.equal(status, 204);
      assert.equal(headers.get('allow'), 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT');
      assert.equal(headers.get('access-control-allow-methods'), null);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  it('get no preflight past what is refused of every request', async () => {
    const { status } = await preflight(listed, `/products?${'q'.repeat(12_300)}`, SHOP);
    assert.equal(status, 414);
  });

  it('get the pages of the description from there alone', async () => {
    const { headers } = await send(listed, 'GET /docs', [`Origin: ${SHOP}`]);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
  });

  it('read what cannot be parsed as a request where every origin is let in', async () => {
    const answer = parseAnswer(await exchange(open.url, ['GET / HTTP/1.1', 'Host : x']));
    assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [400, '*']);
  });
});
