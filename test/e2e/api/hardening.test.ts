import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { OPEN_API } from '../../support/documented/documented-routes.ts';
import { faultsOf } from '../../support/documented/schemas.ts';
import { dial, exchange, parseAnswer } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';
import { asWriter } from '../../support/writer-key.ts';

/** Headers that every answer must carry, on every path. */
const EXPECTED = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const GET = ['GET /products/prod-1 HTTP/1.1', 'Host: x', 'Connection: close'];

function isProblem(answer: string, status: number, code: string): void {
  const { status: found, headers, body } = parseAnswer(answer);
  assert.equal(found, status, answer);
  assert.equal(headers.get('content-type'), 'application/problem+json');
  const problem = JSON.parse(body);
  assert.deepEqual([problem.status, problem.code], [status, code]);
  assert.deepEqual(faultsOf(problem, OPEN_API.components.schemas['Problem'] ?? {}), []);
  assert.equal(problem.request_id, headers.get('x-request-id'));
  for (const [name, value] of Object.entries(EXPECTED)) assert.equal(headers.get(name), value, name);
}

describe('the hardened edge', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  for (const path of ['/products/prod-1', '/products/nope', '/products/-', '/nothing', '/health', '/metrics'])
    it(`sends them with ${path}, and says nothing of what it is made of`, async () => {
      // Twice: the second one may come from memory.
      for (const { headers } of [await api.get(path), await api.get(path)]) {
        for (const [name, value] of Object.entries(EXPECTED)) assert.equal(headers.get(name), value, name);
        for (const name of ['server', 'x-powered-by']) assert.equal(headers.get(name), null, name);
      }
    });

  it('lets the page of its description load its own scripts and styles, and nothing else', async () => {
    const policy = (await api.get('/docs')).headers.get('content-security-policy') ?? '';
    const html = await (await api.get('/docs')).text();
    assert.match(policy, /default-src 'none'.*script-src 'self'.*style-src 'self' 'unsafe-inline'/);
    assert.ok(!/script-src[^;]*unsafe/.test(policy));
    const scripts = [...html.matchAll(/<script\b([^>]*)>([^<]*)/g)];
    assert.ok(scripts.length > 0);
    for (const [, attributes = '', inline = ''] of scripts) {
      assert.equal(inline.trim(), '', 'an inline script would not run');
      const source = /src="([^"]+)"/.exec(attributes)?.[1] ?? '';
      const script = await fetch(new URL(source, `${api.url}/docs`));
      assert.equal(script.status, 200, source);
      assert.match(script.headers.get('content-type') ?? '', /javascript/);
    }
  });

  for (const [what, lines, body] of [
    ['two lengths that differ', ['Content-Length: 1', 'Content-Length: 2'], 'ab'],
    ['the same length twice', ['Content-Length: 1', 'Content-Length: 1'], 'a'],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['chunks that are not the last encoding', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'],
    ['a length that is no number', ['Content-Length: 1x'], 'a'],
    ['a negative length', ['Content-Length: -1'], ''],
    ['a control character in a header', ['X-Odd: a\u0001b'], ''],
    ['a space before a colon', ['X-Odd : a'], ''],
    ['a header folded over two lines', ['X-Odd: a', ' b'], ''],
    ['a bare line feed', ['X-Odd: a\nX-Smuggled: b'], ''],
    ['two hosts', ['Host: y'], ''],
  ] as const)
    it(`refuses ${what}`, async () => {
      isProblem(await exchange(api.url, [...GET, ...lines], body), 400, 'REQUEST_INVALID');
    });

  it('refuses a request without a host', async () => {
    const answer = await exchange(api.url, ['GET /products/prod-1 HTTP/1.1', 'Connection: close']);
    isProblem(answer, 400, 'REQUEST_INVALID');
  });

  it('refuses an address that is too long, and takes one that is just not', async () => {
    const get = (bytes: number) => {
      const path = `/products/prod-1?${'q'.repeat(bytes - '/products/prod-1?'.length)}`;
      return exchange(api.url, [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close']);
    };
    assert.equal(parseAnswer(await get(12_288)).status, 200);
    isProblem(await get(12_289), 414, 'URI_TOO_LONG');
  });

  it('ignores an expectation that it does not know', async () => {
    for (const path of ['/products/prod-1', '/products?category=cat-test']) {
      const lines = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', 'Expect: nonsense'];
      const { status, headers } = parseAnswer(await exchange(api.url, lines));
      assert.equal(status, 200);
      for (const [name, value] of Object.entries(EXPECTED)) assert.equal(headers.get(name), value, name);
    }
  });

  it('refuses more query parameters than any route takes, and takes as many as that', async () => {
    const get = (parameters: number) => {
      const query = Array.from({ length: parameters }, (_, n) => `a${n}`).join('&');
      return exchange(api.url, [`GET /products/prod-1?${query} HTTP/1.1`, 'Host: x', 'Connection: close']);
    };
    assert.equal(parseAnswer(await get(128)).status, 200);
    isProblem(await get(129), 400, 'REQUEST_INVALID');
  });

  it('refuses headers that are too large, and too many', async () => {
    isProblem(await exchange(api.url, [...GET, `X-Big: ${'x'.repeat(17_000)}`]), 431, 'HEADERS_TOO_LARGE');
    const many = (count: number) => Array.from({ length: count }, (_, n) => `x-${n}: a`);
    isProblem(await exchange(api.url, [...GET, ...many(99)]), 431, 'HEADERS_TOO_LARGE');
    assert.equal(parseAnswer(await exchange(api.url, [...GET, ...many(98)])).status, 200);
  });

  it('lists the methods of an address, in answer to another one', async () => {
    for (const method of ['LOCK', 'PROPFIND', 'TRACE', 'QUERY'])
      for (const [path, allow] of [
        ['/products/prod-1', /^(?=.*\bGET\b)(?=.*\bHEAD\b)(?=.*\bOPTIONS\b)/],
        ['/categories', /^GET, HEAD, OPTIONS, POST$/],
        ['/health/live?x=1', /^GET, HEAD, OPTIONS$/],
      ] as const) {
        const answer = await exchange(api.url, [`${method} ${path} HTTP/1.1`, ...GET.slice(1)]);
        const { headers } = parseAnswer(answer);
        isProblem(answer, 405, 'METHOD_NOT_ALLOWED');
        assert.match(headers.get('allow') ?? '', allow);
      }
  });

  it('answers OPTIONS with the methods, and lets no other origin in', async () => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' };
    const response = await documentedFetch(`${api.url}/categories`, { method: 'OPTIONS', headers });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS, POST');
    for (const [name] of response.headers) assert.doesNotMatch(name, /^access-control-/);
    assert.equal((await fetch(`${api.url}/nothing`, { method: 'OPTIONS' })).status, 404);
  });

  it('still has nothing at an unknown address, whatever the method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await exchange(api.url, [`${method} /nothing HTTP/1.1`, ...GET.slice(1)]);
      isProblem(answer, 404, 'ROUTE_NOT_FOUND');
    }
  });

  it('passes a trace on, to the client and to the log, and ignores what is none', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const traced = await api.get('/products/prod-2', { traceparent, 'x-request-id': 'traced' });
    assert.equal(traced.headers.get('traceparent'), traceparent);
    const odd = await api.get('/products/prod-2', { traceparent: '00-zz', 'x-request-id': 'untraced' });
    assert.equal(odd.status, 200);
    assert.equal(odd.headers.get('traceparent'), null);
    const lineOf = (id: string) => JSON.parse(api.lines().find((line) => line.includes(`"${id}"`)) ?? 'null');
    await until('both are logged', () => lineOf('traced') !== null && lineOf('untraced') !== null);
    assert.equal(lineOf('traced').trace_id, '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.ok(!('trace_id' in lineOf('untraced')));
  });
});

describe('the patience of the edge', () => {
  let api: Api;

  before(async () => {
    api = await startApi({
      DATABASE_URL: 'postgres://127.0.0.1:1/nowhere',
      HTTP_HEADERS_TIMEOUT: '900ms',
      HTTP_REQUEST_TIMEOUT: '900ms',
      HTTP_KEEP_ALIVE_TIMEOUT: '1500ms',
    });
  });
  after(() => api.stop());

  it('ends with a body that does not', async () => {
    const socket = await dial(api.url);
    const lines = [
      'POST /products HTTP/1.1',
      'Host: x',
      `Authorization: ${asWriter.authorization}`,
      'Content-Type: application/json',
      'Content-Length: 9',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n{`);
    isProblem(await text(socket), 408, 'REQUEST_TIMEOUT');
  });

  it('ends with a connection that is kept and not used', async () => {
    const socket = await dial(api.url);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const answer = parseAnswer(await text(socket));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('keep-alive'), 'timeout=1');
  });
});

describe('the bounds of the edge', () => {
  const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' };
  let crowded: Api;
  let still: Api;

  before(async () => {
    [crowded, still] = await Promise.all([
      startApi({ ...nowhere, HTTP_MAX_CONNECTIONS: '2' }),
      startApi({
        ...nowhere,
        HTTP_HEADERS_TIMEOUT: '400ms',
        HTTP_REQUEST_TIMEOUT: '1m',
        HTTP_CONNECTION_TIMEOUT: '3s',
      }),
    ]);
  });
  after(async () => {
    await Promise.all([crowded.stop(), still.stop()]);
  });

  it('are so many connections: one more is closed at once, without an answer', async () => {
    const sockets = await Promise.all([1, 2, 3].map(() => dial(crowded.url)));
    const answers = sockets.map((socket) => text(socket).catch(() => ''));
    assert.equal(await Promise.race(answers), '');
    for (const socket of sockets) socket.destroy();
  });

  it('are so long for headers that do not come, or do not end', async () => {
    for (const sent of ['', 'GET /health/live HTT', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ']) {
      const socket = await dial(still.url);
      socket.write(sent);
      isProblem(await text(socket), 408, 'REQUEST_TIMEOUT');
    }
  });

  it('are so long without anything moving', async () => {
    const socket = await dial(still.url);
    const lines = [
      'POST /products HTTP/1.1',
      'Host: x',
      `Authorization: ${asWriter.authorization}`,
      'Content-Type: application/json',
      'Content-Length: 9',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n{`);
    assert.equal(await text(socket), '');
  });
});
