import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, converse, LAST_REQUEST, parseAnswer, rawRequest } from '../../support/raw-http.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { asWriter, WRITER_API_KEYS } from '../../support/writer-key.ts';

const KEY = `Authorization: ${asWriter.authorization}`;
const JSON_TYPE = 'Content-Type: application/json';
const DELTA = '{"delta":-1}';

/** A whole request that takes one of prod-9, if anything takes it for a request. */
const HIDDEN = rawRequest(
  'POST /products/prod-9/stock HTTP/1.1',
  [KEY, JSON_TYPE, `Content-Length: ${DELTA.length}`],
  DELTA,
);

/** A write of prod-8 whose end is said in ways that a proxy in front may read otherwise (RFC 9112 §6, §11.2). */
const AMBIGUOUS: readonly (readonly [what: string, headers: readonly string[], body: string])[] = [
  [
    'a length and chunks',
    [`Content-Length: ${HIDDEN.length + 5}`, 'Transfer-Encoding: chunked'],
    '0\r\n\r\n',
  ],
  ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'],
  ['two lengths', ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`], ''],
  ['a list of lengths', [`Content-Length: 0, ${HIDDEN.length}`], ''],
  ['a length with a sign', ['Content-Length: +0'], ''],
  ['a length in hexadecimal', ['Content-Length: 0x0'], ''],
  ['a length below 0', ['Content-Length: -1'], ''],
  ['a length that no number holds', [`Content-Length: ${'9'.repeat(30)}`], ''],
  ['a coding that is not known', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['a coding behind chunked', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'],
  ['a tab before the coding', ['Transfer-Encoding:\x0bchunked'], '0\r\n\r\n'],
  ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
  ['a folded coding', ['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'],
  ['a chunk size that no number holds', ['Transfer-Encoding: chunked'], `${'F'.repeat(17)}\r\n`],
  ['a chunk size with a sign', ['Transfer-Encoding: chunked'], '+0\r\n\r\n'],
  ['a chunk size in front of 0x', ['Transfer-Encoding: chunked'], '0x0\r\n\r\n'],
  ['a bare line feed in a chunk', ['Transfer-Encoding: chunked'], '0\n\n'],
  ['a header with a NUL', ['X-Odd: a\0b', 'Content-Length: 0'], ''],
  ['a header with a bare carriage return', ['X-Odd: a\rTransfer-Encoding: chunked', 'Content-Length: 0'], ''],
];

describe('requests that were made to hurt', () => {
  let catalogue: Catalogue;
  let app: RoutedApp;

  const stocks = async () =>
    (
      await catalogue.sql<{ stock: number }>(
        `SELECT stock FROM products WHERE id IN ('prod-8', 'prod-9') ORDER BY id`,
      )
    ).map(({ stock }) => stock);
  const statusesOf = async (bytes: string) =>
    answersOf(await converse(app.url, bytes)).map((answer) => parseAnswer(answer).status);

  before(async () => {
    catalogue = await createCatalogue(20);
    app = await startRoutedApp({ DATABASE_URL: catalogue.url, API_KEYS: WRITER_API_KEYS });
  });
  after(async () => {
    await app.stop();
    await catalogue.drop();
  });

  for (const [what, headers, body] of AMBIGUOUS)
    it(`are refused as a whole, and end their connection: ${what}`, async () => {
      const before = await stocks();
      const first = rawRequest('POST /products/prod-8/stock HTTP/1.1', [KEY, JSON_TYPE, ...headers], body);
      const statuses = await statusesOf(first + HIDDEN + LAST_REQUEST);
      assert.deepEqual(statuses, [400]);
      assert.deepEqual(await stocks(), before, 'no request was found in the rest');
    });

  it('have their body dropped, and the request behind it answered, also on a route that takes none', async () => {
    const before = await stocks();
    const length = `Content-Length: ${HIDDEN.length}`;
    const hidden = [
      'GET /products/prod-1',
      'HEAD /products/prod-1',
      'DELETE /products/prod-8',
      'OPTIONS /nowhere',
    ];
    const statuses = await statusesOf(
      hidden.map((line) => rawRequest(`${line} HTTP/1.1`, [length], HIDDEN)).join('') + LAST_REQUEST,
    );
    assert.deepEqual(statuses, [200, 200, 401, 404, 200]);
    assert.deepEqual(await stocks(), before);
  });

  it('name their whole address: it is answered as its path', async () => {
    const whole = rawRequest('GET http://elsewhere.example/products/prod-1 HTTP/1.1', ['Connection: close']);
    const { status, body } = parseAnswer(await converse(app.url, whole));
    assert.deepEqual([status, JSON.parse(body).id], [200, 'prod-1']);
  });

  for (const [target, status] of [
    ['*', 404],
    ['//', 404],
    ['/products/prod%2D1', 200],
    ['/products/prod%2F1', 400],
    ['/products/prod-1%00', 400],
    ['/products/%2e%2e%2fmetrics', 400],
    ['/products/../metrics', 404],
    ['/products/prod-1%', 400],
    ['/products/%C0%AF', 400],
    [`/products?ids=${Array.from({ length: 100 }, (_, n) => `%70rod-${n}`).join('%2C')}`, 200],
  ] as const)
    it(`ask for ${target.slice(0, 40)}: ${status}`, async () => {
      assert.deepEqual(await statusesOf(rawRequest(`GET ${target} HTTP/1.1`, ['Connection: close'])), [
        status,
      ]);
    });

  it('have more than 1,024 percent-encoded bytes: they are not decoded', async () => {
    for (const target of [`/products/${'%2D'.repeat(1_025)}`, `/products?category=${'%41'.repeat(1_025)}`]) {
      const answer = await converse(app.url, rawRequest(`GET ${target} HTTP/1.1`, ['Connection: close']));
      const { status, body } = parseAnswer(answer);
      assert.deepEqual(
        [status, JSON.parse(body).detail],
        [400, 'An address has at most 1024 percent-encoded bytes.'],
      );
    }
  });

  it('have thousands of tags in If-None-Match: the one that is there is found, wherever it is', async () => {
    const get = (headers: readonly string[]) =>
      converse(app.url, rawRequest('GET /products/prod-1 HTTP/1.1', [...headers, 'Connection: close']));
    const etag = parseAnswer(await get([])).headers.get('etag') ?? '';
    const others = '"a",W/"b", '.repeat(1_000);
    for (const tags of [
      `${others}${etag}`,
      `${etag},${others}"c"`,
      `${others}W/${etag}, ${others.slice(0, 1_000)}"c"`,
    ])
      assert.equal(parseAnswer(await get([`If-None-Match: ${tags}`])).status, 304);
    for (const tags of [others, `${others}x${etag}`, others.replaceAll('"', '')])
      assert.equal(parseAnswer(await get([`If-None-Match: ${tags}`])).status, 200);
  });
});
