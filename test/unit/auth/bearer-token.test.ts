import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearerTokenOf } from '#src/libs/auth/src/writer-admission';

describe('the bearer token of a request', () => {
  it('is what follows the scheme, however the scheme and the header are written', () => {
    for (const [name, value] of [
      ['authorization', 'Bearer hs_a-B.c~1+/=='],
      ['Authorization', 'bearer hs_a-B.c~1+/=='],
      ['AUTHORIZATION', 'BEARER  hs_a-B.c~1+/=='],
    ] as const)
      assert.deepEqual(bearerTokenOf(['host', 'x', name, value]), {
        kind: 'token',
        token: 'hs_a-B.c~1+/==',
      });
  });

  it('is none without the header, also where a value is called like it', () => {
    assert.deepEqual(bearerTokenOf([]), { kind: 'none' });
    assert.deepEqual(bearerTokenOf(['x-name', 'authorization', 'x-other', 'Bearer a']), { kind: 'none' });
  });

  for (const value of ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a,b', 'hs_a', 'Bearer é'])
    it(`is malformed as ${JSON.stringify(value)}`, () => {
      assert.deepEqual(bearerTokenOf(['authorization', value]), { kind: 'malformed' });
    });

  it('is malformed where the header comes twice, the same or not', () => {
    for (const second of ['Bearer a', 'Bearer b', ''])
      assert.deepEqual(bearerTokenOf(['authorization', 'Bearer a', 'Authorization', second]), {
        kind: 'malformed',
      });
  });
});
