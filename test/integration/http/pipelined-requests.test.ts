import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PipelinedRequests } from '#src/libs/http/src/server-front';
import { listen } from '../../support/listen.ts';
import { dial, rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

/** The shortest that there is. */
const SHORT = 'GET / HTTP/1.1\r\nHost:\r\n\r\n';
/** More than one piece of what Node reads can hold. */
const ONE_PIECE_BYTES = 65_536;
const MAX_WAITING = 20_000;

describe('requests that are sent ahead', () => {
  let handle: RequestListener;
  let url: string;
  let refused: number;
  let stop: () => Promise<void>;
  const accepted: Socket[] = [];

  beforeEach(async () => {
    refused = 0;
    const inTurn = new PipelinedRequests(
      (request, response) => handle(request, response),
      () => {
        refused += 1;
      },
    );
    const server = createServer({ requireHostHeader: false }, inTurn.take);
    server.on('connection', (socket) => accepted.push(socket));
    ({ url, stop } = await listen(server));
  });
  afterEach(() => {
    accepted.length = 0;
    return stop();
  });

  const open = async () => (await dial(url)).on('error', () => undefined);
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, n) => rawRequest(`GET /${name}${n} HTTP/1.1`));
  const last = (name: string) => rawRequest(`GET /${name} HTTP/1.1`, ['Connection: close']);
  /** Leaves every request unanswered. */
  const holdAll = () => {
    const held: ServerResponse[] = [];
    handle = (_request, response) => void held.push(response);
    return held;
  };

  it('are handled one at a time, in their order', async () => {
    const seen: (string | undefined)[] = [];
    let [under, most] = [0, 0];
    handle = ({ url: path }, response) => {
      seen.push(path);
      under += 1;
      most = Math.max(most, under);
      setImmediate(() => {
        under -= 1;
        response.end(`${path};`);
      });
    };
    const socket = await open();
    socket.write([...numbered('', 300), last('end')].join(''));
    const heard = await text(socket);
    const paths = [...Array.from({ length: 300 }, (_, n) => `/${n}`), '/end'];
    assert.deepEqual(seen, paths);
    assert.deepEqual(
      [...heard.matchAll(/(\/\w+);/g)].map(([, path]) => path),
      paths,
    );
    assert.equal(most, 1);
  });

  it('leave others their turn after each', async () => {
    let handled = 0;
    const held = holdAll();
    const socket = await open();
    socket.write([...numbered('', 200), last('end')].join(''));
    await until('the first is handled', () => held.length === 1);
    handle = (_request, response) => {
      handled += 1;
      response.end();
    };
    held[0]?.end();
    const atTurns = [];
    for (let turn = 0; turn < 5; turn += 1) atTurns.push(await nextTurn().then(() => handled));
    await text(socket);
    assert.equal(handled, 200);
    assert.ok(Math.max(...atTurns) <= 5, `${atTurns} were handled at the first turns of the loop`);
  });

  it('are not read while some of their connection wait, and then all are', async () => {
    const held = holdAll();
    const socket = await open();
    const count = 30_000;
    socket.write(SHORT.repeat(count) + last('end'));
    await until('the first is handled', () => held.length === 1);
    // What could be read would be read by now.
    const other = await open();
    other.write(SHORT);
    await until('another connection is read', () => held.length === 2);
    assert.ok((accepted[0]?.bytesRead ?? 0) <= 2 * ONE_PIECE_BYTES, `${accepted[0]?.bytesRead} bytes`);
    handle = (_request, response) => void response.end('.');
    for (const response of held) response.end('.');
    const heard = await text(socket);
    assert.equal(heard.split('HTTP/1.1 200').length - 1, count + 1);
    assert.equal(refused, 0);
  });

  it('bring their bodies whole', async () => {
    const bodies: string[] = [];
    handle = async (request: IncomingMessage, response) => {
      bodies.push(await text(request));
      response.end();
    };
    const socket = await open();
    const body = 'b'.repeat(300_000);
    const post = rawRequest('POST / HTTP/1.1', [`Content-Length: ${body.length}`], body);
    socket.write(numbered('', 5).join('') + post + post + last('end'));
    await text(socket);
    assert.deepEqual(
      bodies.map(({ length }) => length),
      [0, 0, 0, 0, 0, body.length, body.length, 0],
    );
  });

  it('are not handled when their client is gone', async () => {
    const held = holdAll();
    const socket = await open();
    socket.write(SHORT.repeat(10));
    await until('the first is handled', () => held.length === 1);
    socket.resetAndDestroy();
    // A connection that is not read shows its end when it is written to.
    held[0]?.end('.');
    await until('it is gone', () => accepted[0]?.closed === true);
    const other = await open();
    other.write(SHORT);
    await until('another one is handled', () => held.at(-1)?.req.socket === accepted[1]);
    assert.equal(held.length, 2);
  });

  it('end their connection where too many wait, but for a few on every one, until there is room again', async () => {
    const held = holdAll();
    const many = await Promise.all(Array.from({ length: 20 }, open));
    const ends = many.map((socket) => text(socket));
    for (const socket of many) socket.write(SHORT.repeat(MAX_WAITING / 8));
    await until('some are refused', () => refused > 0);
    await until('all are read', () => held.length === many.length);
    const few = await open();
    few.write(SHORT.repeat(16));
    await until('those few are read', () => held.length === many.length + 1);
    assert.ok(refused < many.length, 'not all');
    assert.equal(many.filter(({ closed }) => closed).length, 0, 'what waits is owed its answer');

    const before = refused;
    handle = (_request, response) => void response.end('.');
    for (const response of held) response.end('.');
    for (const socket of many) socket.write(last('end'));
    const counts = (await Promise.all(ends)).map((heard) => heard.split('HTTP/1.1 200').length - 1);
    const whole = MAX_WAITING / 8 + 1;
    assert.equal(counts.filter((count) => count < whole).length, before);
    assert.ok(Math.min(...counts) >= 17, `${counts}`);

    const later = await open();
    later.write(SHORT.repeat(2_000) + last('end'));
    assert.equal((await text(later)).split('HTTP/1.1 200').length - 1, 2_001);
    assert.equal(refused, before);
  });
});
