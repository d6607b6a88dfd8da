import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameOf, quantileMs, type Totals, totalsOf } from '#src/apps/api/src/console/figures';
import { HappeningFinder } from '#src/apps/api/src/console/happenings';

const START: Totals = totalsOf({ merged: [], processes: [] }, 1_000);
const at = (seconds: number, change: Partial<Totals> = {}): Totals => ({
  ...START,
  workersWanted: 2,
  workersServing: 2,
  ...change,
  atMs: 1_000 + seconds * 1_000,
});
const textsOf = (...moments: Totals[]) => {
  const finder = new HappeningFinder();
  return moments.slice(1).map((now, n) => finder.find(moments[n] ?? now, now).map(({ text }) => text));
};

describe('a quantile of the console', () => {
  const buckets = [
    [0.001, 50],
    [0.01, 100],
    [Number.POSITIVE_INFINITY, 100],
  ] as const;

  it('is interpolated within its bucket', () => {
    assert.equal(quantileMs(buckets, 0.25), 0.5);
    assert.equal(quantileMs(buckets, 0.5), 1);
    assert.equal(quantileMs(buckets, 0.75), 5.5);
  });

  it('is the last bound for what lies beyond all of them, and nothing without answers', () => {
    assert.equal(
      quantileMs(
        [
          [1, 0],
          [Number.POSITIVE_INFINITY, 4],
        ],
        0.5,
      ),
      1_000,
    );
    assert.equal(
      quantileMs(
        [
          [1, 0],
          [Number.POSITIVE_INFINITY, 0],
        ],
        0.5,
      ),
      null,
    );
    assert.equal(quantileMs([], 0.5), null);
  });
});

describe('a frame of the console', () => {
  it('is per second, whatever time has passed', () => {
    const { requests, statements } = frameOf(at(0), at(2, { answers: 500, statements: 3 }));
    assert.deepEqual([requests, statements], [250, 1.5]);
  });

  it('takes no count for negative after all workers were replaced', () => {
    assert.equal(frameOf(at(0, { answers: 900 }), at(1, { answers: 5 })).requests, 0);
  });
});

describe('what happened', () => {
  it('is said once, at its beginning and at its end', () => {
    const away = { breakers: { redis: 'open', postgres: 'closed' } } as const;
    const tried = { breakers: { redis: 'half-open', postgres: 'closed' } } as const;
    assert.deepEqual(textsOf(at(0), at(1, away), at(2, tried), at(3, away), at(4)), [
      ['Redis lost. Reads go to L1 and Postgres.'],
      [],
      [],
      ['Redis is back.'],
    ]);
  });

  it('is a spell of stale answers until three seconds had none', () => {
    const stale = [0, 5, 9, 9, 9, 12, 12, 12, 12, 12].map((count, n) => at(n, { stale: count }));
    assert.deepEqual(textsOf(...stale), [
      ['Serving stale answers.'],
      [],
      [],
      [],
      [],
      [],
      [],
      ['No more stale answers.'],
      [],
    ]);
  });

  it('is a leader that moved, a worker that died, and the workers that are left', () => {
    assert.deepEqual(textsOf(at(0, { elections: 1 }), at(1, { elections: 2 })), [['Relay leader moved.']]);
    assert.deepEqual(textsOf(at(0), at(1, { restarts: 1, workersServing: 1 })), [
      ['A worker died. It is replaced.', '1 of 2 workers serve.'],
    ]);
  });

  it('is nothing about Redis where none is configured', () => {
    assert.deepEqual(textsOf(at(0, { isSynced: null }), at(1, { isSynced: true })), [[]]);
  });
});
