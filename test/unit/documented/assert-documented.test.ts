import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertDocumented, type Exchange } from '../../support/documented/assert-documented.ts';

const PRODUCT = {
  id: 'prod-1',
  name: 'Lamp',
  price: 0.07,
  stock: 12,
  last_updated: 1760000000.125,
  category: null,
};

const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-request-id': 'abc',
  etag: '"abc"',
  'cache-control': 'public',
  'cache-status': 'hotshelf; hit; ttl=1; detail=l1',
  age: '0',
};

type Given = Partial<Omit<Exchange, 'headers'>> & { headers?: Record<string, string> };

const exchange = ({ headers = HEADERS, ...given }: Given): Exchange => ({
  ...{ method: 'GET', path: '/products/prod-1', status: 200, body: JSON.stringify(PRODUCT) },
  ...given,
  headers: new Headers(headers),
});

const { age: _age, ...WITHOUT_AGE } = HEADERS;

describe('an answer that is held against the OpenAPI document', () => {
  it('is let through where it is described', () => {
    assertDocumented(exchange({}));
    assertDocumented(exchange({ method: 'HEAD', body: '' }));
    assertDocumented(exchange({ status: 304, body: '' }));
  });

  it('is not looked at where no route has its address', () => {
    assertDocumented(exchange({ path: '/nothing', status: 418 }));
    assertDocumented(exchange({ path: '/products/a/b', status: 418 }));
  });

  for (const [what, given, expected] of [
    [
      'of another status',
      { status: 418 },
      /GET \/products\/\{id\} answered 418: the document has no such status/,
    ],
    [
      'of another media type',
      { headers: { ...HEADERS, 'content-type': 'text/html' } },
      /text\/html is not in/,
    ],
    ['with a member too many', { body: JSON.stringify({ ...PRODUCT, cost: 1 }) }, /must NOT have additional/],
    ['with a member too few', { body: '{"id":"prod-1"}' }, /must have required property 'name'/],
    [
      'with a member of another type',
      { body: JSON.stringify({ ...PRODUCT, price: '1' }) },
      /\/price must be number/,
    ],
    ['without a header', { headers: WITHOUT_AGE }, /the header Age is missing/],
    [
      'with a header that breaks its rule',
      { headers: { ...HEADERS, age: '-1' } },
      /the header Age: .*must be >= 0/,
    ],
    [
      'with a header too many',
      { headers: { ...HEADERS, 'x-powered-by': 'x' } },
      /x-powered-by is not in the document/,
    ],
    ['with a body to a 304', { status: 304 }, /the document has no body/],
    ['to a method that the address does not take', { method: 'POST' }, /no such method/],
    [
      'to such a method, that allows others',
      { method: 'POST', status: 405 },
      /Allow is null, not DELETE, GET, HEAD/,
    ],
    [
      'with a list that has no items',
      { path: '/products', body: '{"missing":[]}' },
      /must have required property 'items'/,
    ],
  ] as const) {
    it(`fails ${what}`, () => {
      assert.throws(() => assertDocumented(exchange(given)), { message: expected });
    });
  }
});
