import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type Sent, send } from '../../support/send.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

/** A product with one field as its text is given: JSON.stringify would tidy a number up. */
const withText = (field: 'price' | 'stock', text: string) =>
  JSON.stringify({ ...LAMP, [field]: '@' }).replace('"@"', text);

describe('a body', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Sent> =>
    send(api, 'POST', '/products', body, headers);
  const count = async () => Number((await catalogue.sql('SELECT count(*) FROM products'))[0]?.count);

  it('that breaks many rules gets them all named in one answer, and changes nothing', async () => {
    const before = await count();
    const body = { name: ' ', price: -0.001, stock: '12', colour: 'red', last_updated: 1, category: 7 };
    const refused = await post(body);
    assert.deepEqual([refused.status, refused.json.code], [400, 'REQUEST_INVALID']);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(refused.broken, [
      'category type',
      'colour unknown_field',
      'last_updated read_only',
      'name min_length',
      'price decimals',
      'price minimum',
      'stock type',
    ]);
    assert.equal(await count(), before);
  });

  for (const [method, path, media] of [
    ['PUT', '/products/-', 'application/json'],
    ['PATCH', '/products/-', 'application/merge-patch+json'],
    ['POST', '/products/-/stock', 'application/json'],
    ['PUT', '/categories/-', 'application/json'],
  ] as const)
    it(`is looked at after its media type and the id of its address: ${method} ${path}`, async () => {
      const broken = { id: 'other', colour: 'red' };
      const untyped = await send(api, method, path, broken, { 'content-type': 'text/json' });
      assert.equal(untyped.status, 415);
      const refused = await send(api, method, path, broken, { 'content-type': media });
      assert.deepEqual([refused.status, refused.broken], [400, ['id pattern']]);
    });

  for (const [text, rule] of [
    ['0', 'minimum'],
    ['-1', 'minimum'],
    ['-0', 'minimum'],
    ['0.001', 'decimals'],
    ['0.30000000000000004', 'decimals'],
    ['1e-7', 'decimals'],
    ['10000000', 'maximum'],
    ['9999999.991', 'decimals'],
    ['9999999.990000000001', 'precision'],
    ['0.1000000000000000000001', 'precision'],
    ['1e400', 'precision'],
    ['"49.90"', 'type'],
    ['null', 'type'],
    ['true', 'type'],
    ['[1]', 'type'],
  ] as const) {
    it(`is refused with the price ${text}, by the rule ${rule}`, async () => {
      const { status, broken } = await post(withText('price', text));
      assert.equal(status, 400);
      assert.ok(broken.includes(`price ${rule}`), broken.join());
    });
  }

  for (const [text, rule] of [
    ['-1', 'minimum'],
    ['1.5', 'integer'],
    ['2147483648', 'maximum'],
    ['9007199254740993', 'precision'],
    ['1e100', 'maximum'],
    ['"1"', 'type'],
  ] as const) {
    it(`is refused with the stock ${text}, by the rule ${rule}`, async () => {
      const { status, broken } = await post(withText('stock', text));
      assert.deepEqual([status, broken], [400, [`stock ${rule}`]]);
    });
  }

  for (const [what, name, rule] of [
    ['an empty name', '', 'min_length'],
    ['a name of spaces', ' \t\n\u00a0 ', 'min_length'],
    ['a name of 201 characters', 'x'.repeat(201), 'max_length'],
    ['a name with a line break', 'a\nb', 'control_characters'],
    ['a name with NUL', 'a\0b', 'control_characters'],
    ['a name with a C1 control', 'a\u0085b', 'control_characters'],
    ['a name with a line separator', 'a\u2028b', 'control_characters'],
    ['a name with a paragraph separator', 'a\u2029b', 'control_characters'],
    ['a name with half a pair', 'a\ud83db', 'unicode'],
    ['a name that is a number', 7, 'type'],
  ] as const) {
    it(`is refused with ${what}, by the rule ${rule}`, async () => {
      const { status, broken } = await post({ ...LAMP, name });
      assert.deepEqual([status, broken], [400, [`name ${rule}`]]);
    });
  }

  it('may have a name of 200 characters of any kind, which is kept trimmed', async () => {
    const name = '😀'.repeat(198);
    const made = await post({ ...LAMP, name: `  é${name}ß\n` });
    assert.deepEqual([made.status, made.json.name], [201, `é${name}ß`]);
    assert.equal((await send(api, 'GET', made.headers.get('location') ?? '')).json.name, `é${name}ß`);
  });

  it('may have the widest values there are', async () => {
    const made = await post({ name: 'x', price: 9_999_999.99, stock: 2_147_483_647, category: null });
    assert.deepEqual([made.status, made.json.price, made.json.stock], [201, 9_999_999.99, 2_147_483_647]);
    assert.equal((await post(withText('stock', '5.0'))).json.stock, 5);
  });

  it('names what is missing', async () => {
    assert.deepEqual((await post({})).broken, ['name required', 'price required', 'stock required']);
    assert.deepEqual((await send(api, 'PUT', '/products/prod-1', { name: 'x' })).broken, [
      'price required',
      'stock required',
    ]);
    assert.deepEqual((await send(api, 'POST', '/products/prod-1/stock', {})).broken, ['delta required']);
  });

  it('of a merge patch cannot remove a required member', async () => {
    const { status, broken } = await send(api, 'PATCH', '/products/prod-1', { name: null, stock: null });
    assert.deepEqual([status, broken], [400, ['name type', 'stock type']]);
  });

  it('cannot name another product than the address, nor the time of the change', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const { status, broken } = await send(api, method, '/products/prod-1', {
        ...LAMP,
        id: 'prod-2',
        last_updated: 1,
        price: 0.001,
      });
      assert.deepEqual([status, broken], [400, ['id equal', 'last_updated read_only', 'price decimals']]);
    }
  });

  for (const [what, body] of [
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"text"'],
    ['a number', '1'],
  ] as const) {
    it(`that is ${what} is refused`, async () => {
      for (const [method, path] of [
        ['POST', '/products'],
        ['PUT', '/products/prod-1'],
        ['PATCH', '/products/prod-1'],
        ['POST', '/products/prod-1/stock'],
      ] as const) {
        const { status, broken } = await send(api, method, path, body);
        assert.deepEqual([status, broken], [400, ['body type']]);
      }
    });
  }

  for (const [what, body] of [
    ['cut off', '{"name":'],
    ['with a comma too many', '{"name":"x",}'],
    ['nested without end', '['.repeat(60_000)],
    ['that reaches for a prototype', '{"__proto__":{"price":1},"name":"x","price":1,"stock":1}'],
    ['that reaches for a prototype in disguise', '{"\\u005f_proto__":{},"name":"x","price":1,"stock":1}'],
    ['that reaches for a constructor', '{"constructor":{"prototype":{}},"name":"x","price":1,"stock":1}'],
  ] as const) {
    it(`${what} is refused`, async () => {
      const { status, broken } = await post(body);
      assert.deepEqual([status, broken], [400, ['body json']]);
    });
  }

  it('that is deep, but JSON, is refused by its fields', async () => {
    const { status } = await post(`{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
    assert.equal(status, 400);
  });
});
