import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pollDelayMs } from '#src/libs/cache/src/read/batch-get';

describe('the pause of a waiter', () => {
  it('begins short, grows by half, and never gets longer than 40 ms', () => {
    const longest = Array.from({ length: 10 }, (_, attempt) => pollDelayMs(attempt, () => 1));
    assert.deepEqual(longest.slice(0, 5), [2, 3, 4.5, 6.75, 10.125]);
    assert.deepEqual(longest.slice(8), [40, 40]);
    assert.equal(
      pollDelayMs(5_000, () => 1),
      40,
    );
  });

  it('is at least half of that, so that no caller polls in a tight loop', () => {
    const shortest = Array.from({ length: 10 }, (_, attempt) => pollDelayMs(attempt, () => 0));
    assert.deepEqual(shortest.slice(0, 3), [1, 1.5, 2.25]);
    assert.deepEqual(shortest.slice(8), [20, 20]);
  });
});
