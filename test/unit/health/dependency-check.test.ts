import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { DependencyCheck } from '#src/libs/health/src/dependency-check';

describe('the check of a dependency', () => {
  let nowMs: number;
  let asked: number;
  let answer: () => Promise<void>;
  let check: DependencyCheck;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [nowMs, asked, answer] = [1_000_000, 0, () => Promise.resolve()];
    check = new DependencyCheck(
      () => {
        asked += 1;
        return answer();
      },
      () => nowMs,
    );
  });
  afterEach(() => mock.timers.reset());

  const pass = (ms: number) => {
    nowMs += ms;
    mock.timers.tick(ms);
  };

  it('is unknown before the first, which counts as down', () => {
    assert.deepEqual(check.state, { kind: 'unknown', latencyMs: null, ageMs: null });
    assert.equal(check.lastKnown, 'down');
  });

  it('reports the latency of the last answer, and its age', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = () => promise;
    const run = check.run();
    pass(120);
    resolve();
    await run;
    pass(700);
    assert.deepEqual(check.state, { kind: 'up', latencyMs: 120, ageMs: 700 });
  });

  it('is down when the dependency refuses', async () => {
    answer = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:5432'));
    await check.run();
    assert.equal(check.state.kind, 'down');
  });

  it('reports the latency of the last answer while the dependency refuses', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = () => promise;
    const run = check.run();
    pass(120);
    resolve();
    await run;
    answer = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:5432'));
    pass(1_000);
    await check.run();
    assert.deepEqual(check.state, { kind: 'down', latencyMs: 120, ageMs: 0 });
  });

  it('is down when no answer comes in time, and asks no second question meanwhile', async () => {
    answer = () => new Promise(() => undefined);
    for (let n = 0; n < 3; n += 1) {
      const run = check.run();
      pass(500);
      await run;
    }
    assert.equal(asked, 1);
    assert.deepEqual(check.state, { kind: 'down', latencyMs: null, ageMs: 0 });
  });

  it('is unknown when it is older than several periods, though what it found is still known', async () => {
    await check.run();
    pass(5_000);
    assert.equal(check.state.kind, 'up');
    pass(1);
    assert.equal(check.state.kind, 'unknown');
    assert.equal(check.lastKnown, 'up');
  });
});
