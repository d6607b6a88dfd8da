import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';
import { WRITER_API_KEYS } from '../../support/writer-key.ts';

const LAMP = { name: 'Lamp', price: 1, stock: 1 };

interface Listed {
  readonly items: readonly { readonly id: string; readonly name: string }[];
}

describe('a write of a category', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: RoutedApp;
  let other: RoutedApp;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, API_KEYS: WRITER_API_KEYS };
    api = await startRoutedApp(settings);
    other = await startRoutedApp({ ...settings, WRITE_REQUIRE_IF_MATCH: 'true' });
  });
  after(async () => {
    await api?.stop();
    await other?.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const get = (from: RoutedApp, path: string) => send(from, 'GET', path);
  const namesIn = async (from: RoutedApp) => {
    const { items } = (await get(from, '/categories')).json as unknown as Listed;
    return new Map(items.map(({ id, name }) => [id, name]));
  };
  const versionOf = async (id: string) =>
    (await catalogue.sql<{ version: string }>('SELECT version FROM categories WHERE id = $1', [id]))[0]
      ?.version;

  it('makes a category, says where it is, and brings the bytes and the tag that a GET brings', async () => {
    const made = await send(api, 'POST', '/categories', { id: 'lamps', name: '  Lamps ' });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get('location'), '/categories/lamps');
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const { last_updated: lastUpdated, ...rest } = made.json;
    assert.deepEqual(rest, { id: 'lamps', name: 'Lamps', product_count: 0 });
    assert.equal(typeof lastUpdated, 'number');
    const got = await get(api, '/categories/lamps');
    assert.deepEqual([got.text, got.headers.get('etag')], [made.text, made.headers.get('etag')]);
  });

  it('makes an id if none is given', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => send(api, 'POST', '/categories', { name: 'Same' })),
    );
    assert.match(String(one?.json['id']), /^cat-[0-9a-f]{20}$/);
    assert.notEqual(one?.json['id'], two?.json['id']);
  });

  it('refuses to make a category twice, and changes nothing', async () => {
    const again = await send(api, 'POST', '/categories', { id: 'cat-test', name: 'Again' });
    assert.deepEqual([again.status, again.json['code']], [409, 'CATEGORY_EXISTS']);
    assert.equal((await get(api, '/categories/cat-test')).json['name'], 'Test');
  });

  it('is read by its own process at once and by the others soon: alone, in the list, and where it was absent', async () => {
    for (const from of [api, other]) {
      assert.equal((await get(from, '/categories/seen')).status, 404);
      assert.ok(!(await namesIn(from)).has('seen'));
    }
    const seen = async (from: RoutedApp, name: string | undefined) => {
      const one = await get(from, '/categories/seen');
      const isAlone = name === undefined ? one.status === 404 : one.json['name'] === name;
      return isAlone && (await namesIn(from)).get('seen') === name;
    };
    for (const [method, path, body, name] of [
      ['POST', '/categories', { id: 'seen', name: 'Seen' }, 'Seen'],
      ['PATCH', '/categories/seen', { name: 'Seen again' }, 'Seen again'],
      ['PUT', '/categories/seen', { name: 'Seen', id: 'seen' }, 'Seen'],
      ['DELETE', '/categories/seen', undefined, undefined],
    ] as const) {
      assert.ok((await send(api, method, path, body)).status < 300);
      assert.ok(await seen(api, name), `${method}: this process reads its own write`);
      await until(`${method} is seen by the other`, () => seen(other, name));
    }
  });

  it('changes nothing for an empty patch, not even the version', async () => {
    const before = await get(api, '/categories/cat-test');
    const version = await versionOf('cat-test');
    for (const body of [{}, { id: 'cat-test' }]) {
      const patched = await send(api, 'PATCH', '/categories/cat-test', body, {
        'content-type': 'application/merge-patch+json',
      });
      assert.deepEqual([patched.status, patched.text], [200, before.text]);
    }
    assert.equal(await versionOf('cat-test'), version);
  });

  it('removes only a category without products, and says how many there are', async () => {
    await send(api, 'POST', '/categories', { id: 'full', name: 'Full' });
    await send(api, 'POST', '/products', { id: 'in-full', ...LAMP, category: 'full' });
    const refused = await send(api, 'DELETE', '/categories/full');
    assert.deepEqual([refused.status, refused.json['code']], [409, 'CATEGORY_NOT_EMPTY']);
    assert.match(String(refused.json['detail']), /\(1\)/);
    assert.equal((await get(api, '/categories/full')).json['product_count'], 1);
    await send(api, 'PATCH', '/products/in-full', { category: null });
    assert.equal((await send(api, 'DELETE', '/categories/full')).status, 204);
    assert.equal((await get(api, '/categories/full')).status, 404);
    assert.equal((await send(api, 'DELETE', '/categories/full')).json['code'], 'CATEGORY_NOT_FOUND');
  });

  it('leaves no product without its category, whichever of the two comes first', async () => {
    await send(api, 'POST', '/categories', { id: 'raced', name: 'Raced' });
    const insert = `INSERT INTO products (id, name, price, stock, category_id) VALUES ('racer', 'R', 1, 1, 'raced')`;
    const commit = await catalogue.hold(insert);
    const removal = send(api, 'DELETE', '/categories/raced');
    await until('the removal waits for the product', async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      return (await catalogue.sql(waits)).length === 1;
    });
    await commit();
    const refused = await removal;
    assert.deepEqual([refused.status, refused.json['code']], [409, 'CATEGORY_NOT_EMPTY']);
    const late = await send(api, 'POST', '/products', { ...LAMP, category: 'never-made' });
    assert.deepEqual([late.status, late.broken], [400, ['category exists']]);
  });

  it('is made only for the tag of the category as it is, its number of products included', async () => {
    await send(api, 'POST', '/categories', { id: 'tagged', name: 'Tagged' });
    const tag = (await get(api, '/categories/tagged')).headers.get('etag') ?? '';
    for (const ifMatch of ['"x"', `W/${tag}`])
      for (const [method, body] of [
        ['PUT', { name: 'N' }],
        ['PATCH', { name: 'N' }],
        ['DELETE', undefined],
      ] as const) {
        const refused = await send(api, method, '/categories/tagged', body, { 'if-match': ifMatch });
        assert.deepEqual([refused.status, refused.json['code']], [412, 'PRECONDITION_FAILED']);
      }
    await send(api, 'POST', '/products', { id: 'tagging', ...LAMP, category: 'tagged' });
    assert.equal(
      (await send(api, 'PUT', '/categories/tagged', { name: 'N' }, { 'if-match': tag })).status,
      412,
    );
    const now = (await get(api, '/categories/tagged')).headers.get('etag') ?? '';
    const renamed = await send(api, 'PUT', '/categories/tagged', { name: 'N' }, { 'if-match': now });
    assert.deepEqual([renamed.status, renamed.json['name'], renamed.json['product_count']], [200, 'N', 1]);
    assert.equal(
      (await send(api, 'PUT', '/categories/nowhere', { name: 'N' }, { 'if-match': '*' })).status,
      404,
    );
  });

  it('needs a tag where the service asks for one', async () => {
    for (const [method, body] of [
      ['PUT', { name: 'N' }],
      ['PATCH', { name: 'N' }],
      ['DELETE', undefined],
    ] as const) {
      const { status, json } = await send(other, method, '/categories/cat-test', body);
      assert.deepEqual([status, json['code']], [428, 'PRECONDITION_REQUIRED']);
    }
  });

  it('is made once under one key', async () => {
    const key = { 'idempotency-key': 'category-1' };
    const first = await send(api, 'POST', '/categories', { name: 'Once' }, key);
    const again = await send(other, 'POST', '/categories', { name: 'Once' }, key);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    const reused = await send(api, 'POST', '/categories', { name: 'Twice' }, key);
    assert.deepEqual([reused.status, reused.json['code']], [422, 'IDEMPOTENCY_KEY_REUSED']);
    const rows = await catalogue.sql(`SELECT 1 FROM categories WHERE name IN ('Once', 'Twice')`);
    assert.equal(rows.length, 1);
  });

  it('is refused without a key, and with a body that breaks rules, all of them named', async () => {
    for (const [method, path] of [
      ['POST', '/categories'],
      ['PUT', '/categories/cat-test'],
      ['PATCH', '/categories/cat-test'],
      ['DELETE', '/categories/cat-test'],
    ] as const)
      assert.equal((await documentedFetch(api.url + path, { method })).status, 401);
    for (const [method, path, body, broken] of [
      ['POST', '/categories', {}, ['name required']],
      ['POST', '/categories', { id: '-', name: ' ' }, ['id pattern', 'name min_length']],
      ['POST', '/categories', { name: 'x'.repeat(201) }, ['name max_length']],
      [
        'POST',
        '/categories',
        { name: 'a\u0000b', colour: 1 },
        ['colour unknown_field', 'name control_characters'],
      ],
      ['PATCH', '/categories/cat-test', { name: null }, ['name type']],
      [
        'PATCH',
        '/categories/cat-test',
        { product_count: 1, last_updated: 2 },
        ['last_updated read_only', 'product_count read_only'],
      ],
      ['PUT', '/categories/cat-test', { id: 'other', name: 'N' }, ['id equal']],
    ] as const) {
      const refused = await send(api, method, path, body);
      assert.deepEqual([refused.status, refused.broken], [400, [...broken].sort()], JSON.stringify(body));
    }
    assert.equal((await get(api, '/categories/cat-test')).json['name'], 'Test');
  });
});
