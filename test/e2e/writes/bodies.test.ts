import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { type Sent, send } from '../../support/send.ts';
import { asWriter } from '../../support/writer-key.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

describe('the bytes of a body', () => {
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

  it('whose bytes are no UTF-8 is refused, not mended', async () => {
    const response = await documentedFetch(`${api.url}/products`, {
      method: 'POST',
      headers: { ...asWriter, 'content-type': 'application/json' },
      body: Buffer.from('{"name":"caf\xe9","price":1,"stock":1}', 'latin1'),
    });
    assert.equal(response.status, 400);
  });

  it('that is missing is asked for', async () => {
    for (const [method, path] of [
      ['POST', '/products'],
      ['PUT', '/products/prod-1'],
      ['PATCH', '/products/prod-1'],
      ['POST', '/products/prod-1/stock'],
    ] as const) {
      for (const headers of [{}, { 'content-type': 'application/json' }]) {
        const { status, broken } = await send(
          api,
          method,
          path,
          undefined,
          headers as Record<string, string>,
        );
        assert.deepEqual([status, broken], [400, ['body required']], `${method} ${path}`);
      }
    }
  });

  for (const [what, headers] of [
    ['plain text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['XML', { 'content-type': 'application/xml' }],
    ['a merge patch where none is taken', { 'content-type': 'application/merge-patch+json' }],
    ['in another charset', { 'content-type': 'application/json; charset=iso-8859-1' }],
    ['compressed', { 'content-encoding': 'gzip' }],
    ['of a type that is none', { 'content-type': 'json' }],
  ] as const) {
    it(`${what} is of an unsupported media type`, async () => {
      const refused = await post(LAMP, headers);
      assert.deepEqual([refused.status, refused.json.code], [415, 'MEDIA_TYPE_UNSUPPORTED']);
    });
  }

  it('of no type is of an unsupported one', async () => {
    const body = gzipSync('{}');
    const response = await documentedFetch(`${api.url}/products`, {
      method: 'POST',
      headers: asWriter,
      body,
    });
    assert.equal(response.status, 415);
  });

  it('in UTF-8, by whatever name, is taken', async () => {
    for (const type of ['application/json;charset=UTF-8', 'Application/JSON; charset="utf-8"']) {
      assert.equal((await post(LAMP, { 'content-type': type })).status, 201);
    }
  });

  it('of more than 64 KiB is too large', async () => {
    const refused = await post({ ...LAMP, name: 'x'.repeat(66_000) });
    assert.deepEqual([refused.status, refused.json.code], [413, 'BODY_TOO_LARGE']);
  });

  it('that a deletion has, or its type alone, does no harm', async () => {
    assert.equal(
      (await send(api, 'DELETE', '/products/prod-8', undefined, { 'content-type': 'application/json' }))
        .status,
      204,
    );
    assert.equal((await send(api, 'DELETE', '/products/prod-9', {})).status, 204);
  });
});
