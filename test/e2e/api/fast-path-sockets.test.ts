import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ConnectionDrain } from '#libs/http';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, converse, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { until } from '../../support/until.ts';

const get = (path: string, ...headers: string[]) => rawRequest(`GET ${path} HTTP/1.1`, headers);
const HOT = get('/products/prod-1');

describe('the fast path over plain sockets', () => {
  let catalogue: Catalogue;
  let api: RoutedApp;

  before(async () => {
    catalogue = await createCatalogue(60);
    // Without Redis there are no invalidations: an entry is trusted for as long as this.
    api = await startRoutedApp({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h' });
    await converse(api.url, HOT + LAST_REQUEST);
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  /** How many requests the router saw of what was sent. */
  const routedBy = async (bytes: string) => {
    const before = api.routed();
    const received = await converse(api.url, bytes);
    return { routed: api.routed() - before, answers: answersOf(received) };
  };

  it('answers ahead of the router what lies ready, GET and HEAD, changed or not', async () => {
    const head = rawRequest('HEAD /products/prod-1 HTTP/1.1');
    const unchanged = get('/products/prod-1', 'If-None-Match: *');
    const { routed, answers } = await routedBy(
      HOT + head + unchanged + get('/products/prod-1', 'Connection: close'),
    );
    assert.equal(routed, 0);
    assert.deepEqual(
      answers.map((answer) => [answer.slice(9, 12), answer.endsWith('}')]),
      [
        ['200', true],
        ['200', false],
        ['304', false],
        ['200', true],
      ],
    );
  });

  for (const [what, request] of [
    ['no-cache', get('/products/prod-1', 'Cache-Control: no-cache', 'Connection: close')],
    ['a query', get('/products/prod-1?a', 'Connection: close')],
    ['an encoded path', get('/products/prod%2D1', 'Connection: close')],
    ['a body', rawRequest('GET /products/prod-1 HTTP/1.1', ['Content-Length: 2', 'Connection: close'], '{}')],
    [
      'a body in chunks',
      rawRequest(
        'GET /products/prod-1 HTTP/1.1',
        ['Transfer-Encoding: chunked', 'Connection: close'],
        '0\r\n\r\n',
      ),
    ],
    ['Expect', get('/products/prod-1', 'Expect: 100-continue', 'Connection: close')],
    ['Upgrade', get('/products/prod-1', 'Upgrade: websocket', 'Connection: close')],
    [
      'a HEAD with a condition',
      rawRequest('HEAD /products/prod-1 HTTP/1.1', ['If-None-Match: *', 'Connection: close']),
    ],
    ['what is not in memory', get('/products/prod-2', 'Connection: close')],
    ['an unknown id', get('/products/nope', 'Connection: close')],
  ] as const) {
    it(`leaves ${what} to the router`, async () => {
      const { routed, answers } = await routedBy(request);
      assert.equal(routed, 1);
      assert.match(answers.at(-1) ?? '', /^HTTP\/1\.1 \d{3} /);
    });
  }

  it('answers pipelined requests in their order, whichever way each one goes', async () => {
    const order = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 1 : n + 10));
    const requests = order.map((n) => get(`/products/prod-${n}`)).join('');
    const { answers } = await routedBy(requests + LAST_REQUEST);
    const ids = answers.slice(0, -1).map((answer) => /"id":"prod-(\d+)"/.exec(answer)?.[1]);
    assert.deepEqual(ids, order.map(String));
  });

  it('takes a request that comes in pieces', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname).setNoDelay();
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes;
    });
    for (const piece of HOT.match(/.{1,9}/gs) ?? []) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the answer is there', () => received.endsWith('}'));
    socket.destroy();
  });

  it('goes on after clients that hang up in the middle', async () => {
    const { hostname, port } = new URL(api.url);
    for (let n = 0; n < 20; n += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(HOT.repeat(50));
      socket.resetAndDestroy();
    }
    const { routed, answers } = await routedBy(get('/products/prod-1', 'Connection: close'));
    assert.equal(routed, 0);
    assert.match(answers[0] ?? '', /^HTTP\/1\.1 200 /);
  });

  it('sends its clients away while the server stops, on both paths', async () => {
    new ConnectionDrain(api.app.getHttpServer()).begin();
    for (const request of [HOT, get('/products/prod-1?a')]) {
      const received = await converse(api.url, request);
      assert.match(received, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is);
      assert.doesNotMatch(received, /keep-alive/i);
    }
  });
});
