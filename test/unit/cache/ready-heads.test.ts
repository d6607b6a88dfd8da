import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { ConstantHeaders, NO_ORIGIN } from '#libs/http';
import type { PresentEntry } from '#src/libs/cache/src/entry/entry';
import { type AnswerFacts, HotHeaders, headOf, ReadyHeads } from '#src/libs/cache-http/src/hot/hot-answer';
import { EntryHeaders } from '#src/libs/cache-http/src/responder';
import { listen } from '../../support/listen.ts';
import { answersOf, converse, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';

const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x' });
const times = { loadedAtMs: 0, freshUntilMs: 300_000, graceUntilMs: 900_000, loadMs: 1 };
const entry: PresentEntry = {
  state: 'present',
  key: 'product:1',
  version: 1,
  etag: '"e"',
  body: '{"a":"é"}',
  ...times,
};
const headers = new HotHeaders(new ConstantHeaders([['x-one', 'of all']]), new EntryHeaders(config));

describe('a head that lies ready', () => {
  let ready: ReadyHeads;
  let server: Server;
  let stop: () => Promise<void>;
  let url: string;
  let nowMs: number;
  let ways: ('ready' | 'composed')[];
  let prepare: (response: ServerResponse) => void;
  let mangle: (response: ServerResponse & { _header?: string }) => void;

  const facts = (): AnswerFacts => ({
    requestId: 'id',
    trace: null,
    origin: NO_ORIGIN,
    entry,
    hit: headOf({ servedFrom: 'l2', entry, verified: true }, nowMs),
    nowMs,
  });
  const answer = (response: ServerResponse, body: string) => {
    prepare(response);
    const isReady = ready.send(response, facts(), body);
    ways.push(isReady ? 'ready' : 'composed');
    if (isReady) return;
    response.writeHead(200, headers.of('whole', facts()));
    mangle(response);
    ready.learn(response, facts());
    response.end(body, 'latin1');
  };

  beforeEach(async () => {
    ready = new ReadyHeads(headers);
    nowMs = 1_000;
    ways = [];
    prepare = () => {};
    mangle = () => {};
    server = createServer((request, response) =>
      answer(response, request.method === 'HEAD' ? '' : entry.body),
    );
    ({ url, stop } = await listen(server));
  });
  afterEach(() => stop());

  const GET = rawRequest('GET / HTTP/1.1');
  const timeless = (text: string) => text.replaceAll(/\r\nDate: [^\r]+/g, '\r\nDate: then');

  it('is the one that Node composed, byte for byte', async () => {
    const [composed = '', second = '', third = ''] = answersOf(
      await converse(url, GET + GET + GET + LAST_REQUEST),
    );
    assert.deepEqual(ways, ['composed', 'ready', 'ready', 'composed']);
    assert.match(
      composed,
      /^HTTP\/1\.1 200 OK\r\nx-request-id: id\r\nx-one: of all\r\n.*\r\nKeep-Alive: timeout=5\r\n\r\n/s,
    );
    assert.deepEqual([timeless(second), timeless(third)], [timeless(composed), timeless(composed)]);
  });

  it('states the length of a body that is not sent', async () => {
    const [composed = '', second = ''] = answersOf(
      await converse(url, rawRequest('HEAD / HTTP/1.1').repeat(2) + LAST_REQUEST),
    );
    assert.equal(ways[1], 'ready');
    assert.match(second, /content-length: 9\r\n/);
    assert.equal(timeless(second), timeless(composed));
  });

  it('is composed again when its second is over', async () => {
    await converse(url, GET + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    nowMs += 1_000;
    await converse(url, GET + GET + LAST_REQUEST);
    assert.deepEqual(ways.slice(2), ['composed', 'ready', 'composed']);
  });

  for (const [what, request, setUp] of [
    ['a client that closes', GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), () => {}],
    ['a client of HTTP/1.0', rawRequest('GET / HTTP/1.0'), () => {}],
    ['an answer that is to be the last', GET, (it: ServerResponse) => it.setHeader('connection', 'close')],
  ] as const) {
    it(`is not given to ${what}, nor copied from it`, async () => {
      await converse(url, GET + LAST_REQUEST);
      prepare = setUp;
      assert.match(await converse(url, request), /\r\nconnection: close\r\n/i);
      assert.equal(ways.at(-1), 'composed');
      nowMs += 1_000;
      await converse(url, request);
      prepare = () => {};
      await converse(url, GET + LAST_REQUEST);
      assert.deepEqual(ways.slice(-2), ['composed', 'composed']);
    });
  }

  it('is not given to the last request that a connection may make', async () => {
    server.maxRequestsPerSocket = 3;
    server.keepAliveTimeout = 1;
    const answers = answersOf(await converse(url, GET.repeat(3)));
    assert.deepEqual(ways, ['composed', 'ready', 'composed']);
    assert.match(answers[2] ?? '', /\r\nConnection: close\r\n/);
  });

  it('does not name another request’s trace', async () => {
    await converse(url, GET + LAST_REQUEST);
    const trace = { traceId: 'a', traceparent: '00-a-b-01' };
    const kept = {
      shouldKeepAlive: true,
      hasHeader: () => false,
      end: () => {},
    } as unknown as ServerResponse;
    assert.equal(ready.send(kept, facts(), ''), true);
    assert.equal(ready.send(kept, { ...facts(), trace }, ''), false);
  });

  it('is never used on a Node that composes otherwise', async () => {
    mangle = (response) => {
      response._header = response._header?.replace('x-one', 'X-One') ?? '';
    };
    await converse(url, GET + GET + LAST_REQUEST);
    assert.deepEqual(ways, ['composed', 'composed', 'composed']);
  });

  it('is never used on a Node that keeps the text elsewhere', () => {
    const bare = { shouldKeepAlive: true, hasHeader: () => false } as unknown as ServerResponse;
    ready.learn(bare, facts());
    assert.equal(ready.send(bare, facts(), ''), false);
  });
});
