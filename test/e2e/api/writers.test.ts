import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { exchange, parseAnswer } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

const WRITE = '/products';
const BODY = JSON.stringify({ name: 'Walnut Desk Lamp', price: 49.9, stock: 12 });

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const KEYS = {
  shop: 'hs_the-key-of-the-shop',
  stock: 'hs_the-key-of-the-stock',
  old: 'hs_a-key-of-yesterday',
};
const API_KEYS = [
  `shop:${hashOf(KEYS.shop)}:2999-01-01`,
  `stock:${hashOf(KEYS.stock)}`,
  `old:${hashOf(KEYS.old)}:2020-01-01T00:00:00Z`,
].join(',');

const write = (api: Api, headers: Record<string, string> = {}, body = BODY) =>
  documentedFetch(api.url + WRITE, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function isProblem(response: Response, status: number, code: string): Promise<void> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const body = (await response.json()) as { code: string; request_id: string };
  assert.equal(body.code, code);
  assert.equal(body.request_id, response.headers.get('x-request-id'));
}

let catalogue: Catalogue;
before(async () => {
  catalogue = await createCatalogue();
});
after(() => catalogue.drop());

describe('a write', () => {
  let api: Api;

  before(async () => {
    api = await startApi({ DATABASE_URL: catalogue.url, API_KEYS });
  });
  after(() => api.stop());

  it('goes in with any of the keys, under its id', async () => {
    for (const id of ['shop', 'stock'] as const) {
      const response = await write(api, { ...bearer(KEYS[id]), 'x-request-id': `of-${id}` });
      assert.equal(response.status, 201);
      const line = () => api.lines().find((each) => each.includes(`"of-${id}"`));
      await until('it is logged', () => line() !== undefined);
      assert.equal(JSON.parse(line() ?? '{}').writer, id);
    }
    assert.equal((await write(api, { authorization: `bEARER ${KEYS.shop}` })).status, 201);
  });

  it('is refused without a key, with a challenge', async () => {
    const response = await write(api);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="hotshelf"');
    await isProblem(response, 401, 'UNAUTHENTICATED');
  });

  it('is refused with credentials that cannot be read', async () => {
    for (const authorization of ['Bearer', `Basic ${KEYS.shop}`, KEYS.shop, `Bearer ${KEYS.shop} x`]) {
      const response = await write(api, { authorization });
      assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="hotshelf"');
      await isProblem(response, 401, 'UNAUTHENTICATED');
    }
  });

  it('is refused with a key that is unknown or has expired, and the answer says so', async () => {
    for (const key of ['hs_guess', KEYS.old, hashOf(KEYS.shop)]) {
      const response = await write(api, bearer(key));
      assert.equal(
        response.headers.get('www-authenticate'),
        'Bearer realm="hotshelf", error="invalid_token"',
      );
      await isProblem(response, 401, 'UNAUTHENTICATED');
    }
  });

  it('is refused with two Authorization headers, even if both are right', async () => {
    const authorization = `Authorization: Bearer ${KEYS.shop}`;
    const lines = [`POST ${WRITE} HTTP/1.1`, 'Host: x', 'Connection: close', authorization, authorization];
    const answer = parseAnswer(await exchange(api.url, [...lines, 'Content-Length: 0']));
    assert.equal(answer.status, 401);
  });

  it('is refused before its body has come', async () => {
    const lines = [`POST ${WRITE} HTTP/1.1`, 'Host: x', 'Connection: close', 'Content-Length: 1000'];
    const answer = parseAnswer(await exchange(api.url, [...lines, 'Content-Type: application/json']));
    assert.equal(answer.status, 401);
    await isProblem(await write(api, {}, '{'), 401, 'UNAUTHENTICATED');
  });

  for (const [what, status, code, type, body] of [
    ['that is not JSON', 400, 'REQUEST_INVALID', 'application/json', '{'],
    ['that is a form', 415, 'MEDIA_TYPE_UNSUPPORTED', 'application/x-www-form-urlencoded', 'name=a'],
    ['of plain text', 415, 'MEDIA_TYPE_UNSUPPORTED', 'text/plain', 'hello'],
    ['of more than 64 KiB', 413, 'BODY_TOO_LARGE', 'application/json', `"${'x'.repeat(70_000)}"`],
    ['that sets a prototype', 400, 'REQUEST_INVALID', 'application/json', '{"name":{"__proto__":{"a":1}}}'],
    [
      "that sets a constructor's prototype",
      400,
      'REQUEST_INVALID',
      'application/json',
      '{"constructor":{"prototype":{"a":1}}}',
    ],
  ] as const)
    it(`is refused with a body ${what}`, async () => {
      await isProblem(await write(api, { ...bearer(KEYS.shop), 'content-type': type }, body), status, code);
    });

  it("is logged under the key's id, and never with the key", async () => {
    await write(api, { ...bearer(KEYS.stock), 'x-request-id': 'who-was-it' });
    await write(api, { ...bearer('hs_mistyped'), 'x-request-id': 'no-writer' });
    const lineOf = (id: string) => api.lines().find((line) => line.includes(`"${id}"`)) ?? '';
    await until('both are logged', () => lineOf('who-was-it') !== '' && lineOf('no-writer') !== '');
    assert.equal(JSON.parse(lineOf('who-was-it')).writer, 'stock');
    assert.ok(!('writer' in JSON.parse(lineOf('no-writer'))));
    for (const secret of [...Object.values(KEYS), 'hs_mistyped', hashOf(KEYS.shop)])
      assert.ok(!api.lines().some((line) => line.includes(secret)), secret);
  });
});

describe('a write where no key is configured', () => {
  let api: Api;

  before(async () => {
    api = await startApi({ DATABASE_URL: catalogue.url, API_KEYS: '' });
  });
  after(() => api.stop());

  it('is refused, whatever it shows', async () => {
    for (const headers of [{}, bearer(KEYS.shop), { authorization: 'Bearer' }]) {
      const response = await write(api, headers);
      assert.equal(response.headers.get('www-authenticate'), null);
      await isProblem(response, 403, 'WRITES_DISABLED');
    }
  });
});

describe('the limit of writes', () => {
  let api: Api;

  before(async () => {
    api = await startApi({ DATABASE_URL: catalogue.url, API_KEYS, RATE_LIMIT_WRITES: '3' });
  });
  after(() => api.stop());

  it('is for each key by itself, and counts nothing that was refused', async () => {
    for (let n = 0; n < 5; n += 1) assert.equal((await write(api, bearer(KEYS.old))).status, 401);
    for (const left of ['2', '1', '0']) {
      const { status, headers } = await write(api, bearer(KEYS.shop));
      assert.deepEqual(
        [status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')],
        [201, '3', left],
      );
      assert.match(headers.get('ratelimit-reset') ?? '', /^(?:[1-9]|[1-5]\d|60)$/);
    }
    const refused = await write(api, bearer(KEYS.shop));
    assert.match(refused.headers.get('retry-after') ?? '', /^(?:[1-9]|[1-5]\d|60)$/);
    assert.equal(refused.headers.get('ratelimit-remaining'), '0');
    await isProblem(refused, 429, 'RATE_LIMITED');
    assert.equal((await write(api, bearer(KEYS.stock))).status, 201);
  });
});
