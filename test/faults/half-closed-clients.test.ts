import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { socketsOf } from '../support/open-sockets.ts';
import { answersOf, dial, parseAnswer, rawRequest } from '../support/raw-http.ts';
import { until } from '../support/until.ts';
import { asWriter } from '../support/writer-key.ts';

const get = (path: string) => rawRequest(`GET ${path} HTTP/1.1`);

/** How long a client may leave its answer lying. */
const CONNECTION_TIMEOUT_MS = 3_000;
/** No client has to wait for a timeout. */
const AT_ONCE_MS = 2_000;

describe('a client that closes its side as soon as it has asked', () => {
  let catalogue: Catalogue;
  let api: Api;

  const open = async () => {
    const socket = await dial(api.url, { allowHalfOpen: true });
    // One that does not read may be reset; that is no news.
    return socket.on('error', () => undefined);
  };
  /** Sends, closes this side, and goes on reading. */
  const say = async (bytes: string) => {
    const socket = await open();
    const heard = { text: '', closed: false };
    socket.setEncoding('latin1').on('data', (chunk) => {
      heard.text += chunk;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        heard.closed = true;
      });
    socket.end(bytes);
    return heard;
  };
  const answersTo = async (bytes: string) => {
    const heard = await say(bytes);
    await until('it is closed', () => heard.closed, 5_000);
    return answersOf(heard.text).map(parseAnswer);
  };
  const statuses = async (bytes: string) => (await answersTo(bytes)).map(({ status }) => status);
  const loading = async () =>
    (
      await catalogue.sql(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'hotshelf' AND state = 'active'
         AND query LIKE '%FROM products%' AND datname = current_database()`,
      )
    ).length;
  const clients = () =>
    socketsOf(api.pid).filter(({ localPort }) => localPort === Number(new URL(api.url).port));
  const gone = () => clients().every(({ state }) => state === 'listening' || state === 'established');

  before(async () => {
    catalogue = await createCatalogue(1_000);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      DATABASE_LOAD_TIMEOUT: '400ms',
      HTTP_CONNECTION_TIMEOUT: `${CONNECTION_TIMEOUT_MS}ms`,
      LOG_LEVEL: 'warn',
    });
  });
  afterEach(() => until('no socket of it is left', gone, 5_000));
  after(async () => {
    const code = await api.stop();
    await catalogue.drop();
    assert.equal(code, 0);
  });

  it('is answered from L1', async () => {
    await api.get('/products/prod-1');
    const [answer] = await answersTo(get('/products/prod-1'));
    assert.equal(answer?.status, 200);
    assert.match(answer.headers.get('cache-status') ?? '', /hit.*detail=l1/);
    assert.equal(JSON.parse(answer.body).id, 'prod-1');
  });

  it('is answered with what has to be loaded, however long that takes', async () => {
    const release = await catalogue.lock('products');
    try {
      const heard = await say(get('/products/prod-2'));
      await until('the load is under way', async () => (await loading()) === 1);
      assert.deepEqual([heard.text, heard.closed], ['', false]);
      await release();
      await until('it is closed', () => heard.closed, AT_ONCE_MS);
      assert.equal(parseAnswer(heard.text).status, 200);
    } finally {
      await release();
    }
  });

  it('gets a problem if that takes too long', async () => {
    const release = await catalogue.lock('products');
    try {
      const [answer] = await answersTo(get('/products/prod-3'));
      assert.equal(answer?.status, 503);
      assert.ok(answer.headers.has('retry-after'));
    } finally {
      await release();
    }
  });

  it('is answered each of several requests, in order', async () => {
    const paths = ['/products/prod-1', '/products/prod-4', '/products/-', '/products/prod-1', '/health/live'];
    assert.deepEqual(await statuses(paths.map(get).join('')), [200, 200, 400, 200, 200]);
  });

  it('is answered a request with a body', async () => {
    const body = JSON.stringify({ stock: 5 });
    const headers = [
      `Authorization: ${asWriter.authorization}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    const patch = rawRequest('PATCH /products/prod-5 HTTP/1.1', headers, body);
    assert.deepEqual(await statuses(patch), [200]);
  });

  it('is closed at once where its request is not whole', async () => {
    const whole = rawRequest('POST /products HTTP/1.1', ['Content-Length: 10'], '0123456789');
    for (let bytes = 1; bytes < whole.length; bytes += 9) {
      const heard = await say(whole.slice(0, bytes));
      await until(`it is closed after ${bytes} bytes`, () => heard.closed, AT_ONCE_MS);
    }
  });

  it('is closed at once where it has not asked anything', async () => {
    const silent = await say('');
    await until('it is closed', () => silent.closed, AT_ONCE_MS);
  });

  it('is closed at once when its last answer has come before', async () => {
    const socket = await open();
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.write(get('/products/prod-1'));
    await until('it is answered', () => text.endsWith('}'));
    assert.ok(!socket.readableEnded, 'the connection is kept');
    socket.end();
    await until('it is closed', () => socket.closed, AT_ONCE_MS);
  });

  it('is closed in time where it does not read', async () => {
    const before = clients().length;
    const sockets = await Promise.all(Array.from({ length: 3 }, open));
    try {
      // More than the operating system takes for a reader that does not read.
      for (const socket of sockets) socket.pause().end(get('/docs-json').repeat(300));
      await until('all are held', () => clients().length === before + sockets.length, 2_500);
      await until('none is held', () => clients().length === before);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('costs nothing that stays where it has gone altogether', async () => {
    const release = await catalogue.lock('products');
    try {
      const sockets = await Promise.all(Array.from({ length: 50 }, open));
      for (const [n, socket] of sockets.entries()) {
        socket.end(get(`/products/prod-${n + 100}`), () => socket.destroy());
      }
      await until('their loads are under way', async () => (await loading()) > 0);
    } finally {
      await release();
    }
    assert.equal((await api.get('/products/prod-100')).status, 200);
  });
});
