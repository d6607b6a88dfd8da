import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'node:test';
import { clientErrorHandler } from '#src/libs/http/src/problems';
import { listen } from '../../support/listen.ts';
import { dial } from '../../support/raw-http.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const GARBAGE = 'GARBAGE\r\n\r\n';

describe('bytes that cannot be read as a request', () => {
  let stop: () => Promise<void>;

  const connectTo = async (answer: RequestListener): Promise<Socket> => {
    const server = createServer(answer).on('clientError', clientErrorHandler([['x-always', 'yes']]));
    const listening = await listen(server);
    stop = listening.stop;
    return dial(listening.url);
  };
  afterEach(() => stop());

  it('is answered by a problem, with the headers of every answer', async () => {
    const socket = await connectTo((_request, response) => void response.end());
    socket.write(GARBAGE);
    const heard = await text(socket);
    assert.match(heard, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(heard, /\r\nx-always: yes\r\n/);
    assert.match(heard, /REQUEST_INVALID|request-invalid/);
  });

  it('is answered after the answer before it, where that one is whole', async () => {
    const socket = await connectTo((_request, response) => void response.end('whole'));
    socket.write(GET);
    await once(socket, 'readable');
    socket.write(GARBAGE);
    assert.match(await text(socket), /^HTTP\/1\.1 200 OK.*whole.*HTTP\/1\.1 400/s);
  });

  it('is answered after an answer that is under way, and never in the midst of it', async () => {
    let finish = () => {};
    const socket = await connectTo((_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('begun');
      finish = () => void response.end('.done');
    });
    socket.write(GET);
    await once(socket, 'readable');
    socket.write(GARBAGE + GARBAGE);
    socket.write(GARBAGE);
    finish();
    assert.deepEqual((await text(socket)).match(/begun\.done|HTTP\/1\.1 \d{3} /g), [
      'HTTP/1.1 200 ',
      'begun.done',
      'HTTP/1.1 400 ',
    ]);
  });

  it('is answered in the place of the request whose body it is', async () => {
    const socket = await connectTo(
      (request, response) => void request.on('end', () => response.end()).resume(),
    );
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nGARBAGE\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 400 (?!.*HTTP\/1)/s);
  });

  it('is not answered where that request was answered without its body', async () => {
    const socket = await connectTo((_request, response) => void response.writeHead(404).end());
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nGARBAGE\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 404 (?!.*HTTP\/1)/s);
  });
});
