import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { price } from '#src/apps/api/src/catalogue/products/product';

const accepts = (value: number) => price.safeParse(value).success;

describe('a price', () => {
  it('may be any number of cents up to the widest that the column holds, and is kept as it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (cents) => {
        const text = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
        assert.ok(accepts(Number(text)));
        assert.equal(Number(text).toFixed(2), text, 'what Postgres gets is what was sent');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is nothing else: what is accepted is no other number once it was kept', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.double({ min: 0, max: 1e7 })), (value) => {
        if (accepts(value)) assert.equal(Number(value.toFixed(2)), value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is not the number beside one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (cents) => {
        const view = new DataView(new ArrayBuffer(8));
        view.setFloat64(0, cents / 100);
        view.setBigInt64(0, view.getBigInt64(0) + 1n);
        assert.ok(!accepts(view.getFloat64(0)));
      }),
      { numRuns: 2_000 },
    );
  });
});
