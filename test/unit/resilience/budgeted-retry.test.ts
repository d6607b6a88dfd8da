import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { BudgetedRetry, ResilienceEvents } from '#libs/resilience';
import { RetryBudget } from '#src/libs/resilience/src/retries';

const lost = new Error('lost');
const { signal } = new AbortController();

describe('a retry with a budget', () => {
  let retrying: BudgetedRetry;
  let emitted: string[];
  let calls: number;

  const failing = (times: number) => {
    calls = 0;
    return async () => {
      calls += 1;
      if (calls <= times) throw lost;
      return 'answer';
    };
  };

  beforeEach(() => {
    const events = new ResilienceEvents();
    emitted = [];
    events.on('retry', (_dependency, outcome) => emitted.push(outcome));
    retrying = new BudgetedRetry('postgres', (error) => error === lost, events);
  });

  it('makes a call once more, and once only', async () => {
    assert.equal(await retrying.run(failing(1), signal), 'answer');
    await assert.rejects(retrying.run(failing(2), signal), lost);
    assert.equal(calls, 2);
    assert.deepEqual(emitted, ['made', 'made']);
  });

  it('leaves alone what would fail again', async () => {
    const other = new Error('refused');
    await assert.rejects(
      retrying.run(async () => {
        throw other;
      }, signal),
      other,
    );
    assert.deepEqual(emitted, []);
  });

  it('makes about one for ten calls, when all of them fail', async () => {
    for (let n = 0; n < 200; n += 1) await assert.rejects(retrying.run(failing(9), signal), lost);
    const made = emitted.filter((outcome) => outcome === 'made').length;
    assert.ok(made >= 20 && made <= 31, `${made} of 200`);
    assert.equal(emitted.length, 200);
  });
});

describe('the budget of retries', () => {
  it('is a reserve that calls fill up again, a tenth each', () => {
    const budget = new RetryBudget();
    for (let n = 0; n < 10; n += 1) assert.equal(budget.spend(), true);
    for (let n = 0; n < 9; n += 1) budget.earn();
    assert.equal(budget.spend(), false);
    for (let n = 0; n < 2; n += 1) budget.earn();
    assert.equal(budget.spend(), true);
    assert.equal(budget.spend(), false);
  });
});
