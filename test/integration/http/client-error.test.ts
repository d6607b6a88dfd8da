import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'node:test';
import { clientErrorHandler } from '#src/libs/http/src/problems/client-error';
import { listen } from '../../support/listen.ts';
import { dial } from '../../support/raw-http.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const GARBAGE = 'GARBAGE\r\n\r\n';

describe('what can not be read as a request', () => {
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

  it('is answered by the end of the connection in the midst of another answer', async () => {
    const socket = await connectTo((_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('begun');
    });
    socket.on('error', () => undefined);
    socket.write(GET);
    await once(socket, 'readable');
    socket.write(GARBAGE);
    let heard = '';
    for await (const chunk of socket) heard += chunk;
    assert.match(heard, /begun$/);
  });
});
