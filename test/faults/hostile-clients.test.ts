import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { dial, rawRequest } from '../support/raw-http.ts';
import { statementsDuring } from '../support/statements.ts';
import { until } from '../support/until.ts';

const IDLE = 2_000;
const PIPELINED = 200;

const GET = (path: string) => rawRequest(`GET ${path} HTTP/1.1`);

describe('clients that mean no good, or know no better', () => {
  let catalogue: Catalogue;
  let api: Api;
  let sockets: Socket[];
  let next = 0;

  const path = () => `/products/prod-${next++}`;
  const open = async () => {
    const socket = await dial(api.url);
    // Some are reset by the service, others by the test: neither is news.
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  const collect = (socket: Socket) => {
    const heard = { text: '' };
    socket.setEncoding('latin1').on('data', (chunk) => {
      heard.text += chunk;
    });
    return heard;
  };
  const count = (text: string, part: string) => text.split(part).length - 1;
  const isServing = async () => assert.equal((await api.get('/products/prod-0')).status, 200);
  const loading = async () =>
    (
      await catalogue.sql(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'hotshelf' AND state = 'active'
         AND query LIKE '%FROM products%' AND datname = current_database()`,
      )
    ).length;

  before(async () => {
    catalogue = await createCatalogue(1_000);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      HTTP_HEADERS_TIMEOUT: '1s',
      HTTP_REQUEST_TIMEOUT: '1500ms',
      LOG_LEVEL: 'warn',
    });
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    await isServing();
  });
  after(async () => {
    const code = await api.stop();
    await catalogue.drop();
    assert.equal(code, 0);
    assert.deepEqual(
      api.lines().filter((line) => /unhandled|"level":"(?:error|fatal)"/i.test(line)),
      [],
    );
  });

  it('drip their headers: they are answered 408 and closed, however they keep dripping', async () => {
    const drips = await Promise.all(Array.from({ length: 100 }, open));
    const heard = drips.map(collect);
    for (const socket of drips) socket.write('GET /products/prod-1 HTTP/1.1\r\n');
    const timer = setInterval(() => {
      for (const socket of drips) if (socket.writable) socket.write('a: b\r\n');
    }, 100);
    await isServing();
    await until('all are closed', () => drips.every(({ closed }) => closed), 6_000).finally(() =>
      clearInterval(timer),
    );
    for (const { text } of heard) if (text !== '') assert.match(text, /^HTTP\/1\.1 408 /);
  });

  it('drip their bodies, and never read: their connections still end', async () => {
    const drips = await Promise.all(Array.from({ length: 50 }, open));
    for (const socket of drips)
      socket.write(
        'POST /products HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{',
      );
    const timer = setInterval(() => {
      for (const socket of drips) if (socket.writable) socket.write(' ');
    }, 100);
    await isServing();
    await until('all are closed', () => drips.every(({ closed }) => closed), 6_000).finally(() =>
      clearInterval(timer),
    );
  });

  it('hold 2,000 connections and say nothing: others are served', async () => {
    for (let opened = 0; opened < IDLE; opened += 250) await Promise.all(Array.from({ length: 250 }, open));
    for (let n = 0; n < 50; n += 1) assert.equal((await api.get(path())).status, 200);
    assert.equal((await api.get('/health/live')).status, 200);
  });

  it('send 200 requests in one piece: each is answered, in order', async () => {
    const socket = await open();
    const heard = collect(socket);
    const ids = Array.from({ length: PIPELINED }, (_, n) => `prod-${n}`);
    socket.write(ids.map((id) => GET(`/products/${id}`)).join(''));
    await until('all are answered', () => count(heard.text, 'HTTP/1.1 200') === PIPELINED);
    const answered = [...heard.text.matchAll(/"id":"(prod-\d+)"/g)].map(([, id]) => id);
    assert.deepEqual(answered, ids);
  });

  it('go away in the midst of a load: it goes on for those who wait, once', async () => {
    const release = await catalogue.lock('products');
    try {
      const statements = await statementsDuring(catalogue, 'FROM products', async () => {
        const leavers = await Promise.all(Array.from({ length: 20 }, open));
        for (const socket of leavers) socket.write(GET('/products/prod-400'));
        await until('the load is under way', async () => (await loading()) === 1);
        const stayer = api.get('/products/prod-400');
        for (const socket of leavers) socket.resetAndDestroy();
        await release();
        assert.equal((await stayer).status, 200);
      });
      assert.equal(statements, 1);
    } finally {
      await release();
    }
  });

  it('reset their connection during the answer: nothing of it stays', async () => {
    for (let round = 0; round < 20; round += 1) {
      const some = await Promise.all(Array.from({ length: 20 }, open));
      for (const socket of some) {
        socket.once('data', () => socket.resetAndDestroy());
        socket.write(GET('/docs-json').repeat(5));
      }
      await until('all are gone', () => some.every(({ closed }) => closed));
    }
  });
});
