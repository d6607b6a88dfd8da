import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answersOf, converse, LAST_REQUEST, rawRequest } from '../../support/raw-http.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';

const SHOP = 'https://shop.example';
const FROM_SHOP = `Origin: ${SHOP}`;
const TRACE = `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

const get = (path: string, ...headers: string[]) =>
  rawRequest(`GET ${path} HTTP/1.1`, ['X-Request-ID: mine', ...headers]);

/** An answer without what differs from one moment to the next. */
const lasting = (received: string) =>
  received.replaceAll(/\r\nDate: [^\r]+/g, '').replaceAll(/(?<=; ttl=|\r\nage: )-?\d+/g, 'n');

for (const [origins, allowed] of [
  [`https://one.example,${SHOP}`, /\r\naccess-control-allow-origin: https:\/\/shop\.example\r\n/],
  ['*', /\r\naccess-control-allow-origin: \*\r\n/],
] as const) {
  describe(`the fast path, for pages of ${origins}`, () => {
    let catalogue: Catalogue;
    let on: RoutedApp;
    let off: RoutedApp;

    before(async () => {
      catalogue = await createCatalogue(10);
      // Without Redis nothing invalidates: an entry is trusted for as long as this.
      const settings = { DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h', CORS_ORIGINS: origins };
      on = await startRoutedApp(settings);
      off = await startRoutedApp({ ...settings, HTTP_FAST_PATH: 'off' });
      for (const path of ['/products/prod-1', '/categories/cat-test', '/categories', '/products/nope'])
        for (const { url } of [on, off]) await converse(url, get(path) + LAST_REQUEST);
    });
    after(async () => {
      await on?.stop();
      await off?.stop();
      await catalogue.drop();
    });

    /** @returns the answer that both give, and how many requests reached the router of the service with the fast path */
    const alike = async (request: string) => {
      const before = on.routed();
      const [one = ''] = answersOf(await converse(on.url, request + LAST_REQUEST));
      const routed = on.routed() - before - 1;
      const [other = ''] = answersOf(await converse(off.url, request + LAST_REQUEST));
      assert.equal(lasting(one), lasting(other));
      return { answer: one, routed };
    };

    const etagOf = (answer: string) => /\r\netag: (\S+)/.exec(answer)?.[1] ?? '';

    it('lets them read hits and what has not changed, byte for byte as the router does', async () => {
      const etag = etagOf((await alike(get('/products/prod-1'))).answer);
      for (const [headers, status] of [
        [[FROM_SHOP], 200],
        [[FROM_SHOP, TRACE], 200],
        [[FROM_SHOP, `If-None-Match: ${etag}`], 304],
        [[FROM_SHOP, `If-None-Match: ${etag}`, TRACE], 304],
      ] as const) {
        const { answer, routed } = await alike(get('/products/prod-1', ...headers));
        assert.equal(routed, 0);
        assert.equal(answer.slice(9, 12), String(status));
        assert.match(answer, allowed);
        assert.match(answer, /\r\naccess-control-expose-headers: ETag, /);
      }
      const { answer, routed } = await alike(
        rawRequest('HEAD /products/prod-1 HTTP/1.1', ['X-Request-ID: mine', FROM_SHOP]),
      );
      assert.equal(routed, 0);
      assert.match(answer, allowed);
    });

    it('answers everything else alike too', async () => {
      for (const path of [
        '/products/prod-1?a',
        '/categories/cat-test',
        '/categories',
        '/products/nope',
        '/products/-',
        '/products/%zz',
        '/products',
        '/nothing',
      ])
        assert.match((await alike(get(path, FROM_SHOP))).answer, allowed, path);
      for (const method of ['OPTIONS', 'DELETE'])
        await alike(rawRequest(`${method} /products/prod-1 HTTP/1.1`, ['X-Request-ID: mine', FROM_SHOP]));
    });

    it('answers the others alike, on the same text that lies ready', async () => {
      for (const headers of [
        [],
        ['Origin: https://other.example'],
        ['Origin: null'],
        [FROM_SHOP, FROM_SHOP],
      ]) {
        const { answer, routed } = await alike(get('/products/prod-1', ...headers));
        assert.equal(routed, 0);
        assert.equal(/access-control/.test(answer), origins === '*');
      }
      const turns = (get('/products/prod-1', FROM_SHOP) + get('/products/prod-1')).repeat(3);
      const answers = answersOf(await converse(on.url, turns + LAST_REQUEST)).slice(0, -1);
      const isOpen = origins === '*';
      assert.deepEqual(
        answers.map((answer) => allowed.test(answer)),
        [true, isOpen, true, isOpen, true, isOpen],
      );
    });
  });
}
