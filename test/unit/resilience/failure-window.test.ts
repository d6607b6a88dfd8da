import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CircuitState } from 'cockatiel';
import { FailureWindow } from '#src/libs/resilience/src/policy-parts';

describe('a breaker that counts failures in a window', () => {
  let nowMs: number;
  let breaker: FailureWindow;
  const fail = (times: number) =>
    Array.from({ length: times }, () => breaker.failure(CircuitState.Closed)).some((opened) => opened);

  beforeEach(() => {
    nowMs = 0;
    breaker = new FailureWindow(5, 10_000, () => nowMs);
  });

  it('stays closed below the limit and opens at it', () => {
    assert.equal(fail(4), false);
    assert.equal(fail(1), true);
  });

  it('counts failures however many calls succeed between them', () => {
    for (let round = 0; round < 4; round += 1) {
      fail(1);
      breaker.success(CircuitState.Closed);
    }
    assert.equal(fail(1), true);
  });

  it('forgets what is older than the window', () => {
    fail(4);
    nowMs = 10_000;
    assert.equal(fail(4), false);
    assert.equal(fail(1), true);
  });

  it('opens again on one failed trial', () => {
    assert.equal(breaker.failure(CircuitState.HalfOpen), true);
  });

  it('starts from nothing after a trial that succeeded', () => {
    fail(4);
    breaker.success(CircuitState.HalfOpen);
    assert.equal(fail(4), false);
  });
});
