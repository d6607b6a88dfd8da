import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

const LIMIT = 3;

describe('the limit of misses', () => {
  let catalogue: Catalogue;
  let behindProxy: Api;
  let alone: Api;

  before(async () => {
    catalogue = await createCatalogue(100);
    const settings = {
      DATABASE_URL: catalogue.url,
      RATE_LIMIT_MISSES: `${LIMIT}`,
      CACHE_L1_UNSYNCED_TTL: '1h',
    };
    [behindProxy, alone] = await Promise.all([
      startApi({ ...settings, TRUST_PROXY: '127.0.0.0/8' }),
      startApi(settings),
    ]);
  });
  after(async () => {
    await Promise.all([behindProxy.stop(), alone.stop()]);
    await catalogue.drop();
  });

  const from = (client: string, more: Record<string, string> = {}) => ({
    'x-forwarded-for': client,
    ...more,
  });
  const statusOf = async (answer: Promise<Response>) => (await answer).status;

  it('refuses a client that asks for more and more new keys, and no other client', async () => {
    const client = from('203.0.113.1');
    for (let n = 0; n < LIMIT; n += 1)
      assert.equal(await statusOf(behindProxy.get(`/products/prod-${n}`, client)), 200);
    const refused = await behindProxy.get('/products/prod-50', client);
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(((await refused.json()) as { code: string }).code, 'RATE_LIMITED');
    assert.equal(await statusOf(behindProxy.get('/products/prod-50', from('203.0.113.2'))), 200);
  });

  it('neither counts nor refuses what memory answers', async () => {
    const client = from('203.0.113.3');
    await behindProxy.get('/products/prod-60', from('203.0.113.4'));
    for (let n = 0; n < 3 * LIMIT; n += 1)
      assert.equal(await statusOf(behindProxy.get('/products/prod-60', client)), 200);
    for (let n = 0; n <= LIMIT; n += 1)
      assert.equal(
        await statusOf(behindProxy.get(`/products/prod-${61 + n}`, client)),
        n < LIMIT ? 200 : 429,
      );
    assert.equal(await statusOf(behindProxy.get('/products/prod-60', client)), 200);
  });

  it('counts a list of many as one, and not at all where memory has all of it', async () => {
    const client = from('203.0.113.7');
    const ids = (n: number) => `/products?ids=prod-${n},prod-${n + 1},prod-${n + 2}`;
    for (let n = 0; n <= LIMIT; n += 1)
      assert.equal(await statusOf(behindProxy.get(ids(80 + 3 * n), client)), n < LIMIT ? 200 : 429);
    assert.equal(await statusOf(behindProxy.get(ids(80), client)), 200);
  });

  it('counts those who ask for the origin itself', async () => {
    const client = from('203.0.113.5', { 'cache-control': 'no-cache' });
    for (let n = 0; n <= LIMIT; n += 1)
      assert.equal(await statusOf(behindProxy.get('/products/prod-70', client)), n < LIMIT ? 200 : 429);
  });

  it('does not accept the address that a client claims if no proxy is trusted', async () => {
    const statuses: number[] = [];
    for (let n = 0; n <= LIMIT; n += 1)
      statuses.push(await statusOf(alone.get(`/products/prod-${n}`, from(`203.0.113.${n}`))));
    assert.deepEqual(statuses, [200, 200, 200, 429]);
  });
});
