import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Pace } from '#src/libs/coherence/src/pace';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the pace of a drain', () => {
  let clock: FakeClock;
  let pace: Pace;

  beforeEach(() => {
    clock = new FakeClock();
    pace = new Pace(clock);
  });

  /** @returns how long it rests after a step, in milliseconds */
  const restAfter = async (stepMs: number): Promise<number> => {
    pace.beginStep();
    clock.advance(stepMs);
    let isOver = false;
    void pace.rest().then(() => {
      isOver = true;
    });
    for (let ms = 0; ; ms += 1) {
      // The end of a rest is noticed in a later turn.
      await new Promise(setImmediate);
      if (isOver) return ms;
      assert.ok(ms < 1_000, 'a rest ends');
      clock.advance(1);
    }
  };

  it('takes 1,000 changes at a time at first, and does not rest', async () => {
    assert.equal(pace.batch, 1_000);
    assert.equal(await restAfter(30), 0);
  });

  it('takes 100 after half a second', () => {
    clock.advance(499);
    assert.equal(pace.batch, 1_000);
    clock.advance(1);
    assert.equal(pace.batch, 100);
  });

  it('rests four times as long as a step took while L1 is loaded again, and then as long', async () => {
    clock.advance(500);
    assert.equal(await restAfter(5), 20);
    clock.advance(3_000);
    assert.equal(await restAfter(5), 5);
  });
});
