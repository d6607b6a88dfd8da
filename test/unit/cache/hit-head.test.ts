import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ageSeconds, HitHead, hitStatus, ttlSeconds } from '#src/libs/cache/src/entry/hit-head';

const ms = fc.double({ min: 0, max: 5_000, noNaN: true });

describe('the head that is kept for a second', () => {
  it('always tells what would be told if it were made for each answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(ms, { maxLength: 30 }),
        (freshForMs, steps) => {
          const entry = {
            loadedAtMs: 1_234.5,
            freshUntilMs: 1_234.5 + freshForMs,
            graceUntilMs: 1e9,
            loadMs: 1,
          };
          const head = new HitHead();
          let nowMs = entry.loadedAtMs;
          for (const step of steps) {
            nowMs += step;
            head.tellAt(nowMs, entry);
            assert.equal(head.age, String(ageSeconds(entry, nowMs)));
            assert.equal(head.cacheStatus, hitStatus(ttlSeconds(entry, nowMs), 'l1'));
          }
        },
      ),
    );
  });
});
