import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { phaseOf, shouldRefreshEarly } from '#src/libs/cache/src/entry/entry';

const TIMES = { loadedAtMs: 0, freshUntilMs: 1_000, graceUntilMs: 3_000, loadMs: 50 };
const DRAWS = 2_000;

describe('the phase of an entry', () => {
  it('is fresh, then stale, then expired, and each begins at its very millisecond', () => {
    const phases = [0, 999.9, 1_000, 2_999.9, 3_000, 9_000].map((nowMs) => phaseOf(TIMES, nowMs));
    assert.deepEqual(phases, ['fresh', 'fresh', 'stale', 'stale', 'expired', 'expired']);
  });

  it('only ever moves on', () => {
    const order = ['fresh', 'stale', 'expired'];
    const ms = fc.double({ min: 0, max: 5_000, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        assert.ok(order.indexOf(phaseOf(TIMES, earlier)) <= order.indexOf(phaseOf(TIMES, later)));
      }),
    );
  });

  it('is never stale where there is no grace', () => {
    assert.equal(phaseOf({ ...TIMES, graceUntilMs: 1_000 }, 1_000), 'expired');
  });
});

describe('an early refresh', () => {
  /** The share of evenly spread draws that would refresh. */
  const shareAt = (nowMs: number, loadMs = TIMES.loadMs) => {
    let refreshes = 0;
    for (let draw = 1; draw <= DRAWS; draw += 1)
      if (shouldRefreshEarly({ ...TIMES, loadMs }, nowMs, () => draw / DRAWS)) refreshes += 1;
    return refreshes / DRAWS;
  };

  it('is the likelier the closer the end, as e to the power of what is left, in loads', () => {
    for (const loadsLeft of [0.5, 1, 2, 3]) {
      const share = shareAt(TIMES.freshUntilMs - loadsLeft * TIMES.loadMs);
      assert.ok(Math.abs(share - Math.exp(-loadsLeft)) < 0.005, `${share} with ${loadsLeft} loads left`);
    }
  });

  it('is certain at the end, and next to never begun twenty loads before it', () => {
    assert.equal(shareAt(TIMES.freshUntilMs), 1);
    assert.equal(shareAt(TIMES.freshUntilMs - 20 * TIMES.loadMs), 0);
  });

  it('never begins before the end where a load takes no time', () => {
    assert.equal(shareAt(TIMES.freshUntilMs - 0.001, 0), 0);
    assert.equal(shareAt(0, 0), 0);
  });
});
