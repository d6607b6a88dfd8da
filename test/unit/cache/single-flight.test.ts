import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pollDelayMs } from '#src/libs/cache/src/read/poll-delay';
import { SingleFlight } from '#src/libs/cache/src/read/single-flight';

describe('a single flight', () => {
  it('does the work once for all who ask meanwhile, and tells those who joined', async () => {
    const flights = new SingleFlight<string, object>();
    const gate = Promise.withResolvers<object>();
    let [begun, joined] = [0, 0];
    const run = () =>
      flights.run(
        'key',
        () => {
          begun += 1;
          return gate.promise;
        },
        () => {
          joined += 1;
        },
      );
    const runs = [run(), run(), run()];
    gate.resolve({});
    const results = await Promise.all(runs);
    assert.deepEqual([begun, joined, new Set(results).size], [1, 2, 1]);
  });

  it('gives a failure to all at once, and begins anew for whoever comes after', async () => {
    const flights = new SingleFlight<string, number>();
    const failing = () => Promise.reject(new Error('away'));
    const outcomes = await Promise.allSettled([flights.run('key', failing), flights.run('key', failing)]);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(await flights.run('key', async () => 1), 1);
  });

  it('keeps keys apart, and nothing of what has landed', async () => {
    const flights = new SingleFlight<string, string>();
    const both = ['a', 'b'].map((key) => flights.run(key, async () => key));
    assert.equal(flights.size, 2);
    assert.deepEqual(await Promise.all(both), ['a', 'b']);
    assert.equal(flights.size, 0);
  });
});

describe('the pause of a waiter', () => {
  it('begins short, doubles, and never gets longer than 40 ms', () => {
    const longest = Array.from({ length: 10 }, (_, attempt) => pollDelayMs(attempt, () => 1));
    assert.deepEqual(longest, [2, 4, 8, 16, 32, 40, 40, 40, 40, 40]);
    assert.equal(
      pollDelayMs(5_000, () => 1),
      40,
    );
  });

  it('is at least half of that, so that nobody asks in a tight loop', () => {
    const shortest = Array.from({ length: 6 }, (_, attempt) => pollDelayMs(attempt, () => 0));
    assert.deepEqual(shortest, [1, 2, 4, 8, 16, 20]);
  });
});
