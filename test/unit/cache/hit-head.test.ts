import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HitHead } from '#src/libs/cache-http/src/hot/hot-answer';
import { ageSeconds, cacheStatus, ttlSeconds } from '#src/libs/cache-http/src/responder';

const step = fc.record({ ms: fc.double({ min: 0, max: 5_000, noNaN: true }), verified: fc.boolean() });

describe('the head that is kept for a second', () => {
  it('always equals a head that is built for each answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(step, { maxLength: 30 }),
        (freshForMs, steps) => {
          const entry = {
            loadedAtMs: 1_234.5,
            freshUntilMs: 1_234.5 + freshForMs,
            graceUntilMs: 1e9,
            loadMs: 1,
          };
          const head = new HitHead();
          let nowMs = entry.loadedAtMs;
          for (const { ms, verified } of steps) {
            nowMs += ms;
            head.update(nowMs, entry, verified);
            assert.equal(head.age, String(ageSeconds(entry, nowMs)));
            assert.equal(head.cacheStatus, cacheStatus({ servedFrom: 'l1', entry, verified }, false, nowMs));
          }
        },
      ),
    );
  });

  it('marks an unverified entry stale, however much of its fresh time is left', () => {
    const entry = { loadedAtMs: 0, freshUntilMs: 10_000, graceUntilMs: 1e9, loadMs: 1 };
    assert.deepEqual(
      [
        [9_000, true],
        [9_000, false],
        [15_000, false],
      ].map(([nowMs, verified]) => ttlSeconds(entry, Number(nowMs), verified === true)),
      [1, -1, -5],
    );
  });
});
