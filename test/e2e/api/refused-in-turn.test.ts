import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, dial, parseAnswer, rawRequest } from '../../support/raw-http.ts';
import { asWriter } from '../../support/writer-key.ts';

const GET = rawRequest('GET /products/prod-1 HTTP/1.1');
const MISS = rawRequest('GET /products?limit=3 HTTP/1.1');
const SALE = '{"delta":-1}';
const sell = (id: number) =>
  rawRequest(
    `POST /products/prod-${id}/stock HTTP/1.1`,
    [
      `Authorization: ${asWriter.authorization}`,
      'Content-Type: application/json',
      `Content-Length: ${SALE.length}`,
    ],
    SALE,
  );

/** What cannot be answered as a request, and the status of its refusal. */
const REFUSED = [
  ['garbage', '\u0001\u0002garbage\r\n\r\n', 400],
  ['a byte too many', '}', 400],
  ['headers that are too large', rawRequest('GET / HTTP/1.1', [`X-Big: ${'x'.repeat(20_000)}`]), 431],
  ['headers that do not come to their end', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 408],
  ['a request for a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  [
    'a chunk that is none',
    rawRequest('POST /products HTTP/1.1', ['Transfer-Encoding: chunked'], 'x\r\n'),
    400,
  ],
] as const;

for (const fastPath of ['on', 'off'])
  describe(`what is refused behind requests on a connection, HTTP_FAST_PATH=${fastPath}`, () => {
    let catalogue: Catalogue;
    let api: Api;

    before(async () => {
      catalogue = await createCatalogue(200);
      api = await startApi({
        DATABASE_URL: catalogue.url,
        HTTP_FAST_PATH: fastPath,
        HTTP_HEADERS_TIMEOUT: '500ms',
      });
      for (const path of ['/products/prod-1', '/products?limit=3'])
        assert.equal((await api.get(path)).status, 200);
    });
    after(async () => {
      await api.stop();
      await catalogue.drop();
    });

    const statusesAfter = async (bytes: string, isLast: boolean) => {
      const socket = await dial(api.url, { allowHalfOpen: true });
      if (isLast) socket.end(bytes, 'latin1');
      else socket.write(bytes, 'latin1');
      const statuses = answersOf(await text(socket)).map((answer) => parseAnswer(answer).status);
      socket.destroy();
      return statuses;
    };

    let sold = 10;
    for (const [what, refused, status] of REFUSED) {
      it(`${what} waits for their answers`, async () => {
        for (const [requests, statuses] of [
          [GET, [200]],
          [MISS, [200]],
          [sell(sold++), [200]],
          [GET.repeat(20), Array(20).fill(200)],
          [GET + sell(sold++) + MISS + sell(sold++) + GET, Array(5).fill(200)],
        ] as const)
          assert.deepEqual(await statusesAfter(requests + refused, false), [...statuses, status]);
      });

      it(`${what} takes no answer away from a client that has closed its side`, async () => {
        const statuses = await statusesAfter(GET + sell(sold++) + refused, true);
        assert.deepEqual(statuses.slice(0, 2), [200, 200]);
        assert.ok(statuses.length <= 3, `${statuses}`);
      });
    }

    it('takes no committed change for one that was not made', async () => {
      const stockOf = async (id: number) =>
        ((await (await api.get(`/products/prod-${id}`)).json()) as { stock: number }).stock;
      for (let id = 100; id < 120; id += 1) {
        const before = await stockOf(id);
        const statuses = await statusesAfter(`${sell(id)}\u0001`, false);
        assert.deepEqual([statuses[0], await stockOf(id)], [200, before - 1]);
      }
    });
  });
