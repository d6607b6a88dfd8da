import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { exchangeBytes } from '../../support/raw-http.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { until } from '../../support/until.ts';

const DECODE = { gzip: gunzipSync, br: brotliDecompressSync } as const;

describe('lists, compressed', () => {
  let catalogue: Catalogue;
  let api: RoutedApp;
  let off: RoutedApp;

  before(async () => {
    catalogue = await createCatalogue(400);
    await catalogue.sql(
      `INSERT INTO categories (id, name) SELECT 'c-' || n, 'Category ' || n FROM generate_series(1, 40) AS n`,
    );
    // Without Redis nothing invalidates: an entry is trusted for as long as this.
    const settings = { DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h' };
    api = await startRoutedApp(settings);
    off = await startRoutedApp({ ...settings, HTTP_FAST_PATH: 'off', CORS_ORIGINS: 'https://shop.example' });
  });
  after(async () => {
    await api?.stop();
    await off?.stop();
    await catalogue.drop();
  });

  const send = async (path: string, headers: Record<string, string> = {}, method = 'GET', from = api) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const bytes = await exchangeBytes(from.url, [
      `${method} ${path} HTTP/1.1`,
      'Host: x',
      'Connection: close',
      ...lines,
    ]);
    const end = bytes.indexOf('\r\n\r\n');
    const [statusLine = '', ...rest] = bytes.toString('latin1', 0, end).split('\r\n');
    return {
      status: Number(statusLine.split(' ')[1]),
      headers: new Headers(rest.map((line) => line.split(': ', 2) as [string, string])),
      body: bytes.subarray(end + 4),
    };
  };
  const take = (coding: string) => ({ 'accept-encoding': coding });

  /** Asks until it comes compressed: that is made in the background, when a list is asked for again. */
  const coded = async (path: string, coding: 'br' | 'gzip', from = api) => {
    let answer = await send(path, take(coding), 'GET', from);
    await until(`${path} comes as ${coding}`, async () => {
      answer = await send(path, take(coding), 'GET', from);
      return answer.headers.get('content-encoding') === coding;
    });
    return answer;
  };

  for (const path of [
    '/products?limit=100',
    `/products?ids=${Array.from({ length: 50 }, (_, n) => `prod-${n}`)}`,
    '/categories',
  ])
    for (const coding of ['gzip', 'br'] as const)
      it(`holds the bytes of ${path.slice(0, 30)} in ${coding}, under a strong tag of its own`, async () => {
        const plain = await send(path);
        assert.equal(plain.headers.get('content-encoding'), null);
        const answer = await coded(path, coding);
        assert.equal(answer.status, 200);
        assert.deepEqual(DECODE[coding](answer.body), plain.body);
        assert.ok(
          answer.body.length < plain.body.length / 3,
          `${answer.body.length} of ${plain.body.length}`,
        );
        assert.equal(answer.headers.get('content-length'), String(answer.body.length));
        const tag = plain.headers.get('etag') ?? '';
        assert.match(tag, /^"[\w-]+"$/);
        assert.equal(answer.headers.get('etag'), `${tag.slice(0, -1)}-${coding}"`);
        for (const { headers } of [plain, answer]) assert.equal(headers.get('vary'), 'Accept-Encoding');
        assert.equal(answer.headers.get('link'), plain.headers.get('link'));
      });

  it('are not compressed for the first who asks', async () => {
    const answer = await send('/products?limit=99', take('gzip'));
    assert.equal(answer.headers.get('content-encoding'), null);
    assert.match(answer.headers.get('etag') ?? '', /^"[\w-]{22}"$/);
  });

  it('answer whichever tag the client has, if it still takes what the tag is of', async () => {
    const path = '/products?limit=98';
    const plain = (await send(path)).headers.get('etag') ?? '';
    const gzip = (await coded(path, 'gzip')).headers.get('etag') ?? '';
    const br = (await coded(path, 'br')).headers.get('etag') ?? '';
    for (const [tag, takes, status, expected] of [
      [plain, 'br, gzip', 304, plain],
      [gzip, 'br, gzip', 304, gzip],
      [br, 'br, gzip', 304, br],
      [`W/${gzip}`, 'br, gzip', 304, gzip],
      [`"x", ${gzip}, ${br}`, 'gzip', 304, gzip],
      [gzip, undefined, 304, gzip],
      [gzip, 'identity', 200, plain],
      [plain, 'gzip, identity;q=0', 200, gzip],
      [br, 'gzip', 200, gzip],
      ['*', 'gzip', 304, gzip],
      ['"x"', 'br', 200, br],
    ] as const)
      for (const method of ['GET', 'HEAD']) {
        const headers = { 'if-none-match': tag, ...(takes !== undefined && take(takes)) };
        const answer = await send(path, headers, method);
        assert.deepEqual(
          [answer.status, answer.headers.get('etag')],
          [status, expected],
          `${tag} ${takes} ${method}`,
        );
        if (status === 304 || method === 'HEAD') assert.equal(answer.body.length, 0);
        if (status === 304) assert.equal(answer.headers.get('content-encoding'), null);
        assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
      }
  });

  it('answer HEAD with the head of GET', async () => {
    const get = await coded('/products?limit=97', 'br');
    const head = await send('/products?limit=97', take('br'), 'HEAD');
    for (const name of ['content-length', 'content-encoding', 'etag', 'vary', 'content-type', 'link'])
      assert.equal(head.headers.get(name), get.headers.get(name), name);
    assert.equal(head.body.length, 0);
  });

  it('come as the client weighs: the best that it takes, and at once if it takes nothing uncoded', async () => {
    const path = '/products?limit=96';
    const only = await send(path, take('gzip, identity;q=0'));
    assert.equal(only.headers.get('content-encoding'), 'gzip');
    await coded(path, 'br');
    for (const [takes, expected] of [
      ['gzip;q=0.9, br;q=0.8', 'gzip'],
      ['gzip, br', 'br'],
      ['identity, br;q=0.5', null],
      ['*', 'br'],
      ['zstd', null],
    ] as const)
      assert.equal((await send(path, take(takes))).headers.get('content-encoding'), expected, takes);
  });

  it('are refused with 406 to a client that takes nothing that there is', async () => {
    for (const takes of ['identity;q=0', '*;q=0', 'deflate, identity;q=0']) {
      const { status, headers, body } = await send('/products?limit=95', take(takes));
      assert.deepEqual([status, headers.get('vary')], [406, 'Accept-Encoding']);
      assert.equal(JSON.parse(body.toString()).code, 'NOT_ACCEPTABLE');
    }
  });

  it('stay as they are when they are short', async () => {
    for (let n = 0; n < 5; n += 1)
      assert.equal((await send('/products?limit=2', take('gzip'))).headers.get('content-encoding'), null);
  });

  it('are also separate by origin, if that counts', async () => {
    const answer = await coded('/products?limit=94', 'gzip', off);
    assert.equal(answer.headers.get('vary'), 'Origin, Accept-Encoding');
  });

  it('are the same bytes with the fast path and without', async () => {
    for (const coding of ['gzip', 'br'] as const) {
      const [one, other] = [
        await coded('/products?limit=93', coding),
        await coded('/products?limit=93', coding, off),
      ];
      assert.deepEqual([one.body, one.headers.get('etag')], [other.body, other.headers.get('etag')]);
    }
  });

  it('follow a change of one of their members under other tags, compressed or not', async () => {
    const path =
      '/products?ids=prod-300,prod-301,prod-302,prod-303,prod-304,prod-305,prod-306,prod-307,prod-308,prod-309,prod-310,prod-311,prod-312';
    const before = await coded(path, 'gzip');
    await catalogue.sql(`UPDATE products SET stock = 7777 WHERE id = 'prod-301'`);
    for (const headers of [take('gzip'), {}]) {
      const answer = await send(path, { ...headers, 'cache-control': 'no-cache' });
      assert.notEqual(answer.headers.get('etag'), before.headers.get('etag'));
      assert.equal(answer.headers.get('content-encoding'), null);
      assert.match(answer.body.toString(), /7777/);
    }
    assert.match(gunzipSync((await coded(path, 'gzip')).body).toString(), /7777/);
  });

  it('leave one product as it is', async () => {
    for (let n = 0; n < 3; n += 1) {
      const { headers } = await send('/products/prod-1', take('gzip'));
      assert.deepEqual([headers.get('content-encoding'), headers.get('vary')], [null, null]);
    }
  });
});
