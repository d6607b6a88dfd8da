import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { OriginRequests } from '#src/libs/cache-http/src/admission';
import { FakeClock } from '../../support/fake-clock.ts';

describe('requests past the cache', () => {
  let clock: FakeClock;
  let requests: OriginRequests;

  const admitted = (loads: number) => {
    let count = 0;
    while (count < 10_000 && requests.admit(loads)) count += 1;
    return count;
  };

  beforeEach(() => {
    clock = new FakeClock();
    requests = new OriginRequests(clock);
  });

  it('are admitted up to 5,000 loads at once', () => {
    assert.equal(admitted(100), 50);
    assert.equal(admitted(1), 0);
  });

  it('are admitted again at 1,000 loads a second', () => {
    admitted(1);
    clock.advance(500);
    assert.equal(admitted(1), 500);
    clock.advance(1);
    assert.equal(admitted(1), 1);
  });

  it('save up no more than 5,000 loads', () => {
    clock.advance(3_600_000);
    assert.equal(admitted(1), 5_000);
  });

  it('of few loads are admitted while one of many is not', () => {
    admitted(100);
    clock.advance(50);
    assert.ok(!requests.admit(100));
    assert.ok(requests.admit(1));
  });
});
