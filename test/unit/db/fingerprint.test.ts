import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '#libs/db';

const fields = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)));

describe('the fingerprint of a request', () => {
  it('is the same in whatever order its fields come, and with fields that are not there', () => {
    fc.assert(
      fc.property(fields, (input) => {
        const reversed = Object.fromEntries([...Object.entries(input).reverse(), ['\0absent', undefined]]);
        assert.equal(fingerprintOf('POST', '/a', input), fingerprintOf('POST', '/a', reversed));
      }),
    );
  });

  it('is another for another method, another address, and another value', () => {
    const own = fingerprintOf('POST', '/a', { stock: 1 });
    for (const other of [
      fingerprintOf('PUT', '/a', { stock: 1 }),
      fingerprintOf('POST', '/b', { stock: 1 }),
      fingerprintOf('POST', '/a', { stock: 2 }),
      fingerprintOf('POST', '/a', { stock: '1' }),
      fingerprintOf('POST', '/a', {}),
      fingerprintOf('POST', '/a', { stock: null }),
    ]) {
      assert.notEqual(own, other);
    }
  });
});
