import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pollDelayMs } from '#src/libs/cache/src/read/batch-get';

describe('the pause of a waiter', () => {
  it('begins short, doubles, and never gets longer than 40 ms', () => {
    const longest = Array.from({ length: 10 }, (_, attempt) => pollDelayMs(attempt, () => 1));
    assert.deepEqual(longest, [2, 4, 8, 16, 32, 40, 40, 40, 40, 40]);
    assert.equal(
      pollDelayMs(5_000, () => 1),
      40,
    );
  });

  it('is at least half of that, so that no caller polls in a tight loop', () => {
    const shortest = Array.from({ length: 6 }, (_, attempt) => pollDelayMs(attempt, () => 0));
    assert.deepEqual(shortest, [1, 2, 4, 8, 16, 20]);
  });
});
