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
    trust.onGapEnd(() => emitted.push('gap over'));
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
      assert.deepEqual(emitted, ['event: untrusted', 'gap over', 'event: trusted']);
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
      assert.deepEqual(trust.state, { kind: 'untrusted', asOfMs: lastMs, news: null });
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
      assert.deepEqual(emitted, ['gap over', 'event: trusted']);
    });

    describe('with a backlog that is applied to it', () => {
      const newsVerified = (backlog = '5:5:', asOfMs = clock.nowMs()) =>
        trust.newsVerified(backlog, asOfMs, trust.distrustCount);

      beforeEach(() => {
        verify();
        emitted.length = 0;
      });

      it('is lost, but L1 misses nothing from then on: the gap ends once', () => {
        newsVerified();
        assert.deepEqual([trust.isTrusted, trust.isGapless], [false, true]);
        assert.equal(trust.distrustReason, 'a backlog of changes is being applied to it');
        clock.advance(250);
        newsVerified();
        assert.deepEqual(emitted, ['lost', 'event: untrusted', 'gap over']);
      });

      it('is as of before, and the news as of the check', () => {
        const before = clock.nowMs();
        clock.advance(600);
        newsVerified('5:5:', clock.nowMs() - 20);
        assert.deepEqual([trust.asOfMs, trust.newsAsOfMs], [before, clock.nowMs() - 20]);
      });

      it('has another gap with another backlog', () => {
        newsVerified();
        emitted.length = 0;
        newsVerified('9:9:');
        assert.deepEqual(emitted, ['gap over']);
      });

      it('is restored without a gap when the backlog is applied', () => {
        newsVerified();
        emitted.length = 0;
        verify();
        assert.ok(trust.isTrusted);
        assert.deepEqual(emitted, ['event: trusted']);
      });

      it('has a gap with every failure, and is not kept by a check during which one came', () => {
        newsVerified();
        const { distrustCount } = trust;
        trust.distrust('a command failed');
        trust.newsVerified('5:5:', clock.nowMs(), distrustCount);
        assert.equal(trust.isGapless, false);
        emitted.length = 0;
        newsVerified();
        assert.ok(trust.isGapless);
        trust.distrust('a command failed');
        verify();
        assert.deepEqual(emitted, ['gap over', 'gap over', 'event: trusted']);
      });

      it('has a gap when the namespace proves to be that of another database', () => {
        newsVerified();
        trust.namespaceBelongsTo('unknown');
        assert.equal(trust.isGapless, false);
      });
    });
  });
});
