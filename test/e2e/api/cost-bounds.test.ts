import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OriginRequests } from '#src/libs/cache-http/src/admission';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';

const NO_CACHE = { 'cache-control': 'no-cache' };

const isOfOrigin = (response: Response) => /fwd=request/.test(response.headers.get('cache-status') ?? '');

describe('a request past the cache', () => {
  let catalogue: Catalogue;
  let routed: RoutedApp;

  before(async () => {
    catalogue = await createCatalogue(200);
    routed = await startRoutedApp({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h' });
  });
  after(async () => {
    await routed.stop();
    await catalogue.drop();
  });

  for (const path of [
    '/products/prod-1',
    '/products?ids=prod-1,prod-2',
    '/products?category=cat-test&limit=100',
  ])
    it(`is answered as without no-cache while the budget of its process is spent: ${path}`, async () => {
      const get = (headers = {}) => fetch(routed.url + path, { headers });
      const expected = await (await get(NO_CACHE)).text();
      const requests = routed.app.get(OriginRequests, { strict: false });
      // A flood that spends it depends on the speed of the machine.
      Object.assign(requests, { admit: () => false });
      const spared = await get(NO_CACHE);
      assert.equal(spared.status, 200);
      assert.match(spared.headers.get('cache-status') ?? '', /^hotshelf; hit; .*detail=l1$/);
      assert.equal(await spared.text(), expected);
      Reflect.deleteProperty(requests, 'admit');
      assert.ok(isOfOrigin(await get(NO_CACHE)));
    });
});
