import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

const WRITES = [
  ['PUT', '', LAMP, 200],
  ['PATCH', '', { stock: 3 }, 200],
  ['POST', '/stock', { delta: 1 }, 200],
  ['DELETE', '', undefined, 204],
] as const;

describe('If-Match', () => {
  let catalogue: Catalogue;
  let api: Api;
  let strict: Api;
  let ids = 0;

  before(async () => {
    catalogue = await createCatalogue(100);
    const settings = { DATABASE_URL: catalogue.url };
    [api, strict] = await Promise.all([
      startApi(settings),
      startApi({ ...settings, WRITE_REQUIRE_IF_MATCH: 'true' }),
    ]);
  });
  after(async () => {
    await Promise.all([api.stop(), strict.stop()]);
    await catalogue.drop();
  });

  const next = () => {
    ids += 1;
    return `/products/prod-${ids}`;
  };
  const etagOf = async (path: string) => (await api.get(path)).headers.get('etag') ?? '';

  for (const [method, suffix, body, status] of WRITES) {
    it(`lets a ${method}${suffix} through for the tag of the product as it is, alone, in a list, or for *`, async () => {
      for (const header of [(tag: string) => tag, (tag: string) => `"x", ${tag}`, () => '*']) {
        const path = next();
        const tag = header(await etagOf(path));
        assert.equal((await send(api, method, path + suffix, body, { 'if-match': tag })).status, status);
      }
    });

    it(`refuses a ${method}${suffix} for any other, also for the weak tag of the same bytes, and changes nothing`, async () => {
      const path = next();
      const before = await send(api, 'GET', path);
      const tag = before.headers.get('etag');
      for (const header of ['"x"', `W/${tag}`, '"x", "y"', tag?.slice(1, -1) ?? '', 'W/*']) {
        const refused = await send(api, method, path + suffix, body, { 'if-match': header });
        assert.deepEqual([refused.status, refused.json.code], [412, 'PRECONDITION_FAILED'], header);
      }
      const after = await send(api, 'GET', path, undefined, { 'cache-control': 'no-cache' });
      assert.equal(after.text, before.text);
    });
  }

  it('takes the tag that a write brought, and not the one before it', async () => {
    const path = next();
    const first = await send(api, 'PATCH', path, { stock: 1 });
    const second = await send(
      api,
      'PATCH',
      path,
      { stock: 2 },
      { 'if-match': first.headers.get('etag') ?? '' },
    );
    assert.equal(second.status, 200);
    const late = await send(
      api,
      'PATCH',
      path,
      { stock: 3 },
      { 'if-match': first.headers.get('etag') ?? '' },
    );
    assert.equal(late.status, 412);
  });

  it('lets one of two through who have seen the same, however close they come', async () => {
    const path = next();
    const tag = await etagOf(path);
    const release = await catalogue.hold(
      `SELECT FROM products WHERE id = '${path.slice('/products/'.length)}' FOR UPDATE`,
    );
    const writes = [api, strict].map((process) =>
      send(process, 'PATCH', path, { stock: process.pid }, { 'if-match': tag }),
    );
    await until('both wait for the product', async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      return (await catalogue.sql(waits)).length === 2;
    });
    await release();
    const statuses = (await Promise.all(writes)).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 412]);
  });

  it('is asked for where the service is set so, but not to add to the stock', async () => {
    const path = next();
    for (const [method, suffix, body] of WRITES) {
      const { status, json } = await send(strict, method, path + suffix, body);
      if (method === 'POST') assert.equal(status, 200);
      else assert.deepEqual([status, json.code], [428, 'PRECONDITION_REQUIRED']);
    }
    assert.equal((await send(strict, 'PATCH', path, { stock: 1 }, { 'if-match': '"x"' })).status, 412);
    assert.equal((await send(strict, 'PATCH', path, { stock: 1 }, { 'if-match': '*' })).status, 200);
    assert.equal((await send(strict, 'PATCH', '/products/nope', { stock: 1 })).status, 404);
    assert.equal((await send(strict, 'POST', '/products', LAMP)).status, 201);
  });
});
