import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../bench/load/histogram.ts';

const values = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 300 });

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of list) histogram.record(value);
  return histogram;
}

function exactQuantile(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
}

describe('the histogram', () => {
  it('gives every quantile as the exact one, or at most 1/128 above it', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const exact = exactQuantile(list, q);
        const shown = histogramOf(list).quantile(q);
        assert.ok(shown >= exact && shown <= exact * (1 + 1 / 128), `${shown} for ${exact}`);
      }),
    );
  });

  it('gives the greatest value as it was', () => {
    fc.assert(fc.property(values, (list) => assert.equal(histogramOf(list).quantile(1), Math.max(...list))));
  });

  it('is the same after a journey, and two of them together are one of all', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const both = Histogram.from(JSON.parse(JSON.stringify(histogramOf(first).toData())));
        both.add(histogramOf(second));
        assert.equal(both.count, first.length + second.length);
        assert.deepEqual(both.toData(), histogramOf([...first, ...second]).toData());
      }),
    );
  });

  it('has 0 for every quantile while it is empty', () => {
    assert.equal(new Histogram().quantile(0.99), 0);
  });

  it('keeps what lies outside its range at the ends', () => {
    assert.equal(histogramOf([-5]).quantile(0.5), 0);
    assert.equal(histogramOf([2 ** 40]).quantile(0.5), 2 ** 31 - 1);
  });
});
