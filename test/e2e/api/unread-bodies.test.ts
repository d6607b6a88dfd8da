import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, converse, dial, LAST_REQUEST, parseAnswer, rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';
import { asWriter } from '../../support/writer-key.ts';

const JSON_TYPE = 'Content-Type: application/json';
const KEY = `Authorization: ${asWriter.authorization}`;
const LAMP = '{"name":"Lamp","price":49.9,"stock":12}';
const MAX_BODY_BYTES = 65_536;

const lengthOf = (bytes: number) => `Content-Length: ${bytes}`;
const statusesOf = (received: string) => answersOf(received).map((answer) => parseAnswer(answer).status);

describe('the body of a request that is answered without it', () => {
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

  const collect = (socket: Socket) => {
    const heard = { text: '' };
    socket.on('data', (bytes) => {
      heard.text += bytes;
    });
    return heard;
  };

  for (const [what, requestLine, status, headers] of [
    ['at an address without a route', 'POST /nowhere HTTP/1.1', 404, [KEY]],
    ['with a method that the address does not take', 'PUT /products HTTP/1.1', 405, [KEY]],
    ['without a key', 'POST /products HTTP/1.1', 401, []],
    ['with an unknown key', 'PATCH /products/prod-1 HTTP/1.1', 401, ['Authorization: Bearer other']],
    ['of a deletion', 'DELETE /products/nope HTTP/1.1', 404, [KEY]],
    ['of a read', 'GET /products/prod-1 HTTP/1.1', 200, []],
    ['of a type that is not taken', 'POST /nowhere HTTP/1.1', 404, ['Content-Type: text/plain']],
  ] as const) {
    it(`is not waited for ${what}`, async () => {
      const socket = await dial(api.url);
      const heard = collect(socket);
      socket.write(rawRequest(requestLine, [...headers, JSON_TYPE, lengthOf(9)], '{'));
      await until('the answer is there', () => /\r\n\r\n.*\}$/s.test(heard.text));
      assert.equal(parseAnswer(heard.text).status, status);
      socket.destroy();
    });
  }

  it('is dropped when it is short, and its connection goes on', async () => {
    const body = LAST_REQUEST;
    const refused = rawRequest('POST /nowhere HTTP/1.1', [JSON_TYPE, lengthOf(body.length)], body);
    assert.deepEqual(statusesOf(await converse(api.url, refused + refused + LAST_REQUEST)), [404, 404, 200]);
  });

  it('is waited for to its end when it is short and comes late', async () => {
    const socket = await dial(api.url);
    const heard = collect(socket);
    const body = 'x'.repeat(MAX_BODY_BYTES);
    socket.write(rawRequest('POST /nowhere HTTP/1.1', [JSON_TYPE, lengthOf(body.length)]));
    await until('it is refused', () => heard.text !== '');
    socket.write(body + LAST_REQUEST);
    await once(socket, 'close');
    assert.deepEqual(statusesOf(heard.text), [404, 200]);
  });

  for (const [what, header, body] of [
    ['long', lengthOf(MAX_BODY_BYTES + 1), LAST_REQUEST],
    ['of no known length', 'Transfer-Encoding: chunked', `2\r\n{}\r\n0\r\n\r\n${LAST_REQUEST}`],
  ] as const)
    it(`ends the connection when it is ${what}: nothing behind the request is handled`, async () => {
      const received = await converse(
        api.url,
        rawRequest('POST /products HTTP/1.1', [JSON_TYPE, header], body),
      );
      assert.deepEqual(statusesOf(received), [401]);
      assert.match(received, /\r\nconnection: close\r\n/i);
    });

  it('leaves the client its answer when far more of it is on its way', async () => {
    const socket = await dial(api.url);
    const heard = collect(socket);
    // What is still to be sent meets a closed connection.
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(rawRequest('POST /products HTTP/1.1', [JSON_TYPE, lengthOf(50_000_000)]));
    const piece = Buffer.alloc(1_000_000, 'x');
    for (let n = 0; n < 20; n += 1) socket.write(piece);
    await closed;
    assert.deepEqual(statusesOf(heard.text), [401]);
  });

  it('ends the connection when it does not come to its end in time', async () => {
    const socket = await dial(api.url);
    socket.write(rawRequest('POST /nowhere HTTP/1.1', [JSON_TYPE, lengthOf(9)], '{'));
    assert.deepEqual(statusesOf(await text(socket)), [404]);
  });

  it('is asked for with 100 Continue when it is about to be read, and not before', async () => {
    const headers = [JSON_TYPE, lengthOf(LAMP.length), 'Expect: 100-continue'];
    const stranger = await converse(api.url, rawRequest('POST /products HTTP/1.1', headers));
    assert.deepEqual(statusesOf(stranger), [401]);
    assert.match(stranger, /\r\nconnection: close\r\n/i);

    const socket = await dial(api.url);
    const heard = collect(socket);
    socket.write(rawRequest('POST /products HTTP/1.1', [...headers, KEY]));
    await until('it is asked for', () => heard.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(LAMP + LAST_REQUEST);
    await once(socket, 'close');
    assert.deepEqual(statusesOf(heard.text), [100, 201, 200]);
  });

  it('that is read goes in chunks as well, and its connection goes on', async () => {
    const body = `${LAMP.length.toString(16)}\r\n${LAMP}\r\n0\r\n\r\n`;
    const chunked = rawRequest(
      'POST /products HTTP/1.1',
      [KEY, JSON_TYPE, 'Transfer-Encoding: chunked'],
      body,
    );
    assert.deepEqual(statusesOf(await converse(api.url, chunked + LAST_REQUEST)), [201, 200]);
  });

  it('that breaks a rule in thousands of ways is answered with the first hundred', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`odd${n}`, n])));
    const request = rawRequest('POST /products HTTP/1.1', [KEY, JSON_TYPE, lengthOf(body.length)], body);
    const { status, body: problem } = parseAnswer(
      answersOf(await converse(api.url, request + LAST_REQUEST))[0] ?? '',
    );
    assert.equal(status, 400);
    assert.equal(JSON.parse(problem).errors.length, 100);
  });
});
