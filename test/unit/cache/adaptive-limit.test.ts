import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { AdaptiveLimit } from '#src/libs/cache/src/read/load-shedding';

describe('the adaptive limit', () => {
  let nowMs: number;
  let limit: AdaptiveLimit;

  const enter = () => {
    const end = limit.enter();
    assert.ok(end, 'there is room');
    return end;
  };
  /** So many calls at once, which end together. */
  const calls = (count: number, tookMs: number, end: 'done' | 'dropped' | 'unknown' = 'done') => {
    const ends = Array.from({ length: count }, enter);
    nowMs += tookMs;
    for (const each of ends) each(end);
  };

  beforeEach(() => {
    nowMs = 1_000;
    limit = new AdaptiveLimit({ initial: 10, min: 4, max: 40, tooSlowMs: 1_000 }, () => nowMs);
  });

  it('refuses what exceeds it, at once, until a call has ended', () => {
    const ends = Array.from({ length: 10 }, enter);
    assert.equal(limit.enter(), undefined);
    ends[0]?.('done');
    assert.ok(limit.enter());
  });

  it('grows while calls take about as long as the shortest did, up to its bound', () => {
    calls(10, 5);
    assert.ok(limit.current > 10);
    for (let round = 0; round < 20; round += 1) calls(limit.current, 5);
    assert.equal(limit.current, 40);
  });

  it('does not grow if calls do not come near it', () => {
    for (let round = 0; round < 50; round += 1) calls(2, 5);
    assert.equal(limit.current, 10);
  });

  it('neither grows nor shrinks while calls slow down and are still in time', () => {
    calls(1, 20);
    calls(10, 500);
    assert.equal(limit.current, 10);
  });

  it('shrinks when calls take too long, and by more when they are dropped, but never to nothing', () => {
    calls(10, 1_500);
    assert.equal(limit.current, 8);
    calls(1, 200, 'dropped');
    assert.equal(limit.current, 4);
    calls(1, 200, 'dropped');
    assert.equal(limit.current, 4);
  });

  it('shrinks once for calls that fail together', () => {
    calls(10, 200, 'dropped');
    assert.equal(limit.current, 5);
  });

  it('learns nothing from what says nothing', () => {
    calls(10, 5_000, 'unknown');
    assert.equal(limit.current, 10);
    assert.equal(limit.underWay, 0);
  });

  it('grows again, up to where it began, while calls are slower than ever but in good time', () => {
    calls(1, 5);
    calls(10, 1_500);
    calls(8, 200, 'dropped');
    assert.ok(limit.current < 10);
    for (let round = 0; round < 5; round += 1) calls(limit.current, 450);
    assert.equal(limit.current, 10);
  });

  it('forgets a shortest time that is not possible any more', () => {
    calls(1, 20);
    nowMs += 31_000;
    calls(10, 400);
    const before = limit.current;
    calls(limit.current, 450);
    assert.ok(limit.current > before);
  });
});
