import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CacheEvents } from '#src/libs/cache/src/events';
import { L2Trust } from '#src/libs/cache/src/trust';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the trust in Redis', () => {
  let clock: FakeClock;
  let trust: L2Trust;
  let emitted: string[];

  beforeEach(() => {
    clock = new FakeClock();
    emitted = [];
    const events = new CacheEvents().on('l2-trust', (what) => emitted.push(`event: ${what}`));
    trust = new L2Trust(clock, events);
    trust.onRegained(() => emitted.push('regained'));
    trust.onUntrusted(() => emitted.push('lost'));
  });
  const verify = (asOfMs = clock.nowMs()) => trust.verified(asOfMs, trust.distrustCount);

  describe('without a watch', () => {
    it('is there, as of now, and nothing takes it', () => {
      trust.distrust('a command failed');
      clock.advance(5_000);
      assert.ok(trust.isTrusted);
      assert.equal(trust.asOfMs, clock.nowMs());
      assert.deepEqual(emitted, []);
    });

    it('is not changed by a check either', () => {
      verify(5);
      assert.deepEqual([trust.state, emitted], [{ kind: 'unwatched' }, []]);
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
      assert.deepEqual(emitted, ['event: untrusted', 'regained', 'event: trusted']);
    });

    it('moves on with every check, and emits nothing for that', () => {
      verify();
      emitted.length = 0;
      clock.advance(250);
      verify();
      assert.deepEqual([trust.asOfMs, emitted], [clock.nowMs(), []]);
    });

    it('is lost with the first failure, and was verified as of the last check', () => {
      verify();
      const lastMs = clock.nowMs();
      emitted.length = 0;
      clock.advance(100);
      trust.distrust('a command failed');
      trust.distrust('a command failed');
      assert.deepEqual(trust.state, { kind: 'untrusted', asOfMs: lastMs });
      assert.deepEqual(emitted, ['lost', 'event: untrusted']);
    });

    it('is not restored by a check during which it was lost, even if it was lost before', () => {
      for (const begin of ['trusted', 'untrusted']) {
        if (begin === 'trusted') verify();
        const { distrustCount } = trust;
        trust.distrust('a command failed');
        trust.verified(clock.nowMs(), distrustCount);
        assert.ok(!trust.isTrusted, `it was ${begin} when the check began`);
      }
    });

    it('is restored by a check that began after the loss', () => {
      verify();
      trust.distrust('a command failed');
      emitted.length = 0;
      verify();
      assert.ok(trust.isTrusted);
      assert.deepEqual(emitted, ['regained', 'event: trusted']);
    });
  });
});
