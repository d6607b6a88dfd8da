import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, dial, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

const OFFER = ['Upgrade: h2c', 'Connection: Upgrade'];
const GET = rawRequest('GET /products/prod-1 HTTP/1.1');

describe('a request that asks for another protocol', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(5);
    api = await startApi({ DATABASE_URL: catalogue.url, HTTP_KEEP_ALIVE_TIMEOUT: '2s' });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  const statuses = (received: string) => answersOf(received).map((answer) => answer.slice(9, 12));

  // Node's parser drops what comes with it.
  for (const [what, first, status] of [
    ['that is answered', rawRequest('GET /products/prod-1 HTTP/1.1', OFFER), '200'],
    ['without a route', rawRequest('GET /nowhere HTTP/1.1', OFFER), '404'],
    ['with a body', rawRequest('POST /products HTTP/1.1', [...OFFER, 'Content-Length: 2'], '{}'), '401'],
    ['that is refused for its address', rawRequest(`GET /?${'a&'.repeat(200)} HTTP/1.1`, OFFER), '400'],
  ] as const)
    it(`is the last one of its connection if more came with it: one ${what}`, async () => {
      for (const behind of [GET, LAST_REQUEST, 'GET /products/pr', 'garbage']) {
        const socket = await dial(api.url);
        socket.write(first + behind);
        const received = await text(socket);
        assert.deepEqual(statuses(received), [status], behind);
        assert.match(received, /\r\nconnection: close\r\n/i);
      }
    });

  it('comes behind others, which are answered', async () => {
    const socket = await dial(api.url);
    socket.write(GET + GET + rawRequest('GET /products/prod-2 HTTP/1.1', OFFER) + GET);
    assert.deepEqual(statuses(await text(socket)), ['200', '200', '200']);
  });

  it('keeps its connection if it is the first and nothing came with it', async () => {
    const socket = await dial(api.url);
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes;
    });
    socket.write(rawRequest('GET /products/prod-1 HTTP/1.1', OFFER));
    await until('it is answered', () => statuses(received).length === 1 && received.endsWith('}'));
    assert.doesNotMatch(received, /\r\nconnection: close\r\n/i);
    socket.write(LAST_REQUEST);
    await until('the next one is answered', () => statuses(received).length === 2);
    socket.destroy();
  });
});
