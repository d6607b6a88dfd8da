import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { NegativeCache } from '#src/libs/cache/src/read/origin';
import { FakeClock } from '../../support/fake-clock.ts';

const { cache } = readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_FAILURE_TTL: '1s' });

describe('the memory of failures', () => {
  let clock: FakeClock;
  let failures: NegativeCache;

  beforeEach(() => {
    clock = new FakeClock();
    failures = new NegativeCache(clock, cache);
  });

  it('gives back the error itself, of that key alone', () => {
    const error = new Error('away');
    failures.remember('product:1', error);
    assert.equal(failures.recall('product:1')?.error, error);
    assert.equal(failures.recall('product:2'), undefined);
  });

  it('forgets between half the time and one and a half, not all keys at once', () => {
    const count = () =>
      Array.from({ length: 200 }, (_, n) => failures.recall(`product:${n}`)).filter(Boolean).length;
    for (let n = 0; n < 200; n += 1) failures.remember(`product:${n}`, new Error('away'));
    clock.advance(499);
    assert.equal(count(), 200);
    clock.advance(501);
    assert.ok(count() > 50 && count() < 150, `${count()} left`);
    clock.advance(500);
    assert.equal(count(), 0);
  });

  it('does not grow without bound in an outage', () => {
    const error = new Error('away');
    for (let n = 0; n < 50_000; n += 1) failures.remember(`product:${n}`, error);
    assert.equal(failures.recall('product:0'), undefined);
    assert.equal(failures.recall('product:49999')?.error, error);
  });
});
