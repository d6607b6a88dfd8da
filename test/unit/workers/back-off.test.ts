import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BackOff } from '#src/libs/workers/src/worker-slot';

const LONG_MS = 10_000;

describe('the back-off of a worker that dies', () => {
  it('replaces the first at once, and waits twice as long for each that dies young', () => {
    const backOff = new BackOff();
    const delays = Array.from({ length: 5 }, () => backOff.delayAfterMs(100));
    assert.deepEqual(delays, [0, 200, 400, 800, 1_600]);
  });

  it('starts over after one that lived long', () => {
    const backOff = new BackOff();
    for (let n = 0; n < 5; n += 1) backOff.delayAfterMs(100);
    assert.equal(backOff.delayAfterMs(LONG_MS), 0);
    assert.equal(backOff.shortLives, 0);
    assert.deepEqual([backOff.delayAfterMs(100), backOff.delayAfterMs(100)], [0, 200]);
  });

  it('never waits longer than half a minute, nor less than before', () => {
    const young = fc.array(fc.integer({ min: 0, max: LONG_MS - 1 }), { maxLength: 200 });
    fc.assert(
      fc.property(young, (lives) => {
        const backOff = new BackOff();
        const delays = lives.map((livedMs) => backOff.delayAfterMs(livedMs));
        assert.ok(delays.every((ms) => ms <= 30_000));
        assert.deepEqual(
          delays,
          delays.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});
