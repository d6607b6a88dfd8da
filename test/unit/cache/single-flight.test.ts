import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pollDelayMs } from '#src/libs/cache/src/read/l2-read';
import { SingleFlight } from '#src/libs/cache/src/read/single-flight';

describe('a single flight', () => {
  /** Every caller may join. */
  const open = <T>(work: () => Promise<T>, onShared?: () => void) => ({
    begun: 0,
    mayJoin: () => true,
    work,
    ...(onShared && { onShared }),
  });

  it('does the work once for all callers meanwhile, and notifies those that joined', async () => {
    const flights = new SingleFlight<string, object, number>();
    const opening = Promise.withResolvers<object>();
    let [begun, joined] = [0, 0];
    const work = () => {
      begun += 1;
      return opening.promise;
    };
    const run = () =>
      flights.run(
        'key',
        open(work, () => {
          joined += 1;
        }),
      );
    const runs = [run(), run(), run()];
    opening.resolve({});
    const results = await Promise.all(runs);
    assert.deepEqual([begun, joined, new Set(results).size], [1, 2, 1]);
  });

  it('gives a failure to all at once, and starts again for later callers', async () => {
    const flights = new SingleFlight<string, number, number>();
    const failing = open<number>(() => Promise.reject(new Error('away')));
    const outcomes = await Promise.allSettled([flights.run('key', failing), flights.run('key', failing)]);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(
      await flights.run(
        'key',
        open(() => Promise.resolve(1)),
      ),
      1,
    );
  });

  it('keeps keys apart, and nothing of what has landed', async () => {
    const flights = new SingleFlight<string, string, number>();
    const both = ['a', 'b'].map((key) =>
      flights.run(
        key,
        open(() => Promise.resolve(key)),
      ),
    );
    assert.equal(flights.size, 2);
    assert.deepEqual(await Promise.all(both), ['a', 'b']);
    assert.equal(flights.size, 0);
  });

  it('is left alone by who may not join it; who comes later joins the one that began last', async () => {
    const flights = new SingleFlight<string, string, number>();
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const at = (begun: number, outcome: Promise<string>) =>
      flights.run('key', { begun, mayJoin: (then) => begun - then < 2, work: () => outcome });
    const runs = [at(0, first.promise), at(1, second.promise), at(2, second.promise)];
    first.resolve('old');
    await runs[0];
    assert.equal(flights.size, 1, 'the end of the first is none of the second');
    runs.push(at(3, Promise.resolve('none')));
    second.resolve('new');
    assert.deepEqual(await Promise.all(runs), ['old', 'old', 'new', 'new']);
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

  it('is at least half of that, so that no caller polls in a tight loop', () => {
    const shortest = Array.from({ length: 6 }, (_, attempt) => pollDelayMs(attempt, () => 0));
    assert.deepEqual(shortest, [1, 2, 4, 8, 16, 20]);
  });
});
