import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Arrivals } from '../../bench/load/arrivals.ts';

const stages = fc.array(
  fc.record({ perSecond: fc.integer({ min: 1, max: 50_000 }), seconds: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 4 },
);

describe('the schedule of an open load', () => {
  it('has all of a stage’s requests due by its end, and no other', () => {
    fc.assert(
      fc.property(stages, (list) => {
        const arrivals = new Arrivals(list);
        let total = 0;
        let endMs = 0;
        for (const { perSecond, seconds } of list) {
          total += perSecond * seconds;
          endMs += seconds * 1_000;
          assert.equal(arrivals.dueBy(endMs), total);
        }
        assert.equal(arrivals.total, total);
        assert.equal(arrivals.dueBy(endMs + 60_000), total);
      }),
    );
  });

  it('has a request due from the very millisecond that it names', () => {
    fc.assert(
      fc.property(stages, fc.nat(200_000), (list, pick) => {
        const arrivals = new Arrivals(list);
        const n = pick % arrivals.total;
        const dueMs = arrivals.dueAtMs(n);
        assert.ok(arrivals.dueBy(dueMs) > n, 'due by then');
        assert.ok(arrivals.dueBy(dueMs - 1) <= n, 'and not before');
      }),
    );
  });
});
