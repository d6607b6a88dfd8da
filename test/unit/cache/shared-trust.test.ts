import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CacheEvents } from '#src/libs/cache/src/events';
import { SharedTrust } from '#src/libs/cache/src/trust/shared-trust';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the trust in Redis', () => {
  let clock: FakeClock;
  let trust: SharedTrust;
  let told: string[];

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    const events = new CacheEvents().on('shared-trust', (what) => told.push(`event: ${what}`));
    trust = new SharedTrust(clock, events);
    trust.onRegained(() => told.push('regained'));
    trust.onDoubted(() => told.push('lost'));
  });
  const verify = (asOfMs = clock.nowMs()) => trust.verified(asOfMs, trust.doubtCount);

  describe('without a watch', () => {
    it('is there, as of now, and nothing takes it', () => {
      trust.doubt('a command failed');
      clock.advance(5_000);
      assert.ok(trust.isTrusted);
      assert.equal(trust.asOfMs, clock.nowMs());
      assert.deepEqual(told, []);
    });

    it('is not changed by a check either', () => {
      verify(5);
      assert.deepEqual([trust.state, told], [{ kind: 'unwatched' }, []]);
    });
  });

  describe('where someone watches', () => {
    beforeEach(() => trust.watch());

    it('is not there before the first check, as of no time at all', () => {
      assert.ok(!trust.isTrusted);
      assert.equal(trust.asOfMs, Number.NEGATIVE_INFINITY);
    });

    it('is there after it, as of when the check began, and reported once', () => {
      verify(clock.nowMs() - 20);
      assert.deepEqual(trust.state, { kind: 'trusted', asOfMs: clock.nowMs() - 20 });
      assert.deepEqual(told, ['event: doubted', 'regained', 'event: trusted']);
    });

    it('moves on with every check, and emits nothing for that', () => {
      verify();
      told.length = 0;
      clock.advance(250);
      verify();
      assert.deepEqual([trust.asOfMs, told], [clock.nowMs(), []]);
    });

    it('is lost with the first failure, and was verified as of the last check', () => {
      verify();
      const lastMs = clock.nowMs();
      told.length = 0;
      clock.advance(100);
      trust.doubt('a command failed');
      trust.doubt('a command failed');
      assert.deepEqual(trust.state, { kind: 'doubted', asOfMs: lastMs });
      assert.deepEqual(told, ['lost', 'event: doubted']);
    });

    it('is not restored by a check during which it was lost, even if it was lost before', () => {
      for (const begin of ['trusted', 'doubted']) {
        if (begin === 'trusted') verify();
        const { doubtCount } = trust;
        trust.doubt('a command failed');
        trust.verified(clock.nowMs(), doubtCount);
        assert.ok(!trust.isTrusted, `it was ${begin} when the check began`);
      }
    });

    it('is restored by a check that began after the loss', () => {
      verify();
      trust.doubt('a command failed');
      told.length = 0;
      verify();
      assert.ok(trust.isTrusted);
      assert.deepEqual(told, ['regained', 'event: trusted']);
    });
  });
});
