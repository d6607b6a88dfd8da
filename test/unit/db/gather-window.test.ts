import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { GatherWindow } from '#src/libs/db/src/batching/gather-window';

describe('the window in which keys gather', () => {
  let nowMs: number;
  let window: GatherWindow;

  /** Keys that come at this pace for that long. */
  const arrive = (perMs: number, forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 1) {
      nowMs += 1;
      const keys = Math.floor((ms + 1) * perMs) - Math.floor(ms * perMs);
      for (let key = 0; key < keys; key += 1) window.arrived();
    }
  };

  beforeEach(() => {
    nowMs = 0;
    window = new GatherWindow(() => nowMs);
  });

  it('is short for the first key, and while keys trickle', () => {
    window.arrived();
    assert.equal(window.nextMs(), 2);
    arrive(0.2, 500);
    assert.equal(window.nextMs(), 2);
  });

  it('is as long as it takes for fifty keys, in a flash', () => {
    arrive(5, 500);
    assert.ok(Math.abs(window.nextMs() - 10) < 1, `${window.nextMs()} ms`);
  });

  it('is never longer than 20 ms', () => {
    arrive(0.6, 500);
    assert.equal(window.nextMs(), 20);
  });

  it('is short again where keys come faster than any window is needed', () => {
    arrive(100, 200);
    assert.equal(window.nextMs(), 2);
  });

  it('sees a burst before the time that it counts over has passed', () => {
    arrive(20, 20);
    assert.ok(window.nextMs() > 2);
  });

  it('is short again once the flash is over', () => {
    arrive(5, 500);
    nowMs += 10_000;
    window.arrived();
    assert.equal(window.nextMs(), 2);
  });
});
