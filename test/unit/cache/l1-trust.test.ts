import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import { TrackedPrefixes } from '#src/libs/cache/src/sync/l1-sync';
import type { L1Tier } from '#src/libs/cache/src/tiers/l1-tier';
import type { L1Trust, L2Trust } from '#src/libs/cache/src/trust';
import { FakeClock } from '../../support/fake-clock.ts';
import { createL1 } from '../../support/l1.ts';

const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x' });

describe('trust in L1', () => {
  let clock: FakeClock;
  let l1: L1Tier;
  let trust: L1Trust;
  let l2Trust: L2Trust;

  const entryOf = (key: CacheKey, version = 1): CacheEntry => {
    const loadedAtMs = clock.nowMs();
    const times = {
      loadedAtMs,
      freshUntilMs: loadedAtMs + 300_000,
      graceUntilMs: loadedAtMs + 900_000,
      loadMs: 1,
    };
    return { state: 'present', key, version, etag: '""', body: '{}', ...times };
  };
  const fill = (key: CacheKey, servedFrom: 'l2' | 'origin' = 'origin', version = 1) =>
    l1.filling(key, async (token) => l1.fill(entryOf(key, version), token, servedFrom));
  const kind = (key: CacheKey) => l1.get(key).kind;
  /** Time passes, with a sign of life of the link ever so often. */
  const passHearing = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      trust.heard(clock.nowMs());
    }
  };

  beforeEach(() => {
    clock = new FakeClock();
    ({ l1, trust, l2Trust } = createL1(config, clock));
  });

  it('lasts while the link is heard', async () => {
    trust.linked();
    await fill('product:1');
    passHearing(60_000);
    assert.equal(kind('product:1'), 'trusted');
  });

  it('ends a second after the last sign of life of a link that is lost', async () => {
    trust.linked();
    await fill('product:1');
    passHearing(5_000);
    trust.unlinked();
    clock.advance(999);
    assert.equal(kind('product:1'), 'trusted');
    clock.advance(1);
    assert.equal(kind('product:1'), 'kept');
  });

  it('ends for a process that was stopped, whose link looks alive when it wakes', async () => {
    trust.linked();
    await fill('product:1');
    clock.advance(10_000);
    assert.equal(kind('product:1'), 'kept');
  });

  it('does not come back with the link: what was filled before has to be compared', async () => {
    trust.linked();
    await fill('product:1');
    trust.unlinked();
    trust.linked();
    assert.equal(kind('product:1'), 'kept');
    await fill('product:1');
    assert.equal(kind('product:1'), 'trusted');
  });

  it('does not come to a fill that was asked for before the link came back', async () => {
    await l1.filling('product:1', async (token) => {
      trust.linked();
      l1.fill(entryOf('product:1'), token, 'origin');
    });
    assert.equal(kind('product:1'), 'kept');
  });

  it('lasts for a second for a key without invalidations', async () => {
    trust.linked();
    await fill('shop:1');
    clock.advance(999);
    assert.equal(kind('shop:1'), 'trusted');
    clock.advance(1);
    trust.heard(clock.nowMs());
    assert.equal(kind('shop:1'), 'kept');
  });

  it('ends with an invalidation of the key, until it was compared', async () => {
    trust.linked();
    await fill('product:1');
    assert.equal(l1.suspect('product:1'), true);
    assert.equal(kind('product:1'), 'kept');
    await fill('product:1');
    assert.equal(kind('product:1'), 'trusted');
  });

  it('is not given to a fill that was asked for before something happened to its key, or to all keys', async () => {
    for (const happens of [() => l1.suspect('product:1'), () => l1.suspectAll()]) {
      const taken = await l1.filling('product:1', async (token) => {
        happens();
        return l1.fill(entryOf('product:1'), token, 'l2');
      });
      assert.equal(taken, false);
    }
    assert.equal(kind('product:1'), 'none');
  });

  it('is not given to a fill under way when a newer one arrives, and no reader joins it any more', async () => {
    await l1.filling('product:1', async (token) => {
      assert.equal(l1.mayShare(token), true);
      await fill('product:1', 'origin', 2);
      assert.equal(l1.mayShare(token), false);
      assert.equal(l1.fill(entryOf('product:1', 2), token, 'l2'), false);
    });
  });

  it('in what Redis gave goes back to when Redis was last known to be right', async () => {
    l2Trust.watch();
    l2Trust.verified(clock.nowMs(), l2Trust.distrustCount);
    trust.linked();
    clock.advance(900);
    await fill('product:1', 'l2');
    await fill('product:2', 'origin');
    l2Trust.distrust('a command failed');
    clock.advance(100);
    assert.deepEqual([kind('product:1'), kind('product:2')], ['kept', 'trusted']);
  });

  it('is not the same as to know that it is right: that needs an origin that was asked a moment ago', async () => {
    const verified = (key: CacheKey) => {
      const found = l1.get(key);
      return found.kind === 'trusted' && found.verified;
    };
    l2Trust.watch();
    l2Trust.verified(clock.nowMs(), l2Trust.distrustCount);
    trust.linked();
    await fill('product:1');
    passHearing(750);
    await fill('product:2', 'l2');
    await fill('product:3', 'origin');
    assert.deepEqual(
      [verified('product:1'), verified('product:2'), verified('product:3')],
      [true, true, true],
    );
    passHearing(250);
    assert.deepEqual([kind('product:1'), kind('product:2')], ['trusted', 'trusted']);
    assert.deepEqual(
      [verified('product:1'), verified('product:2'), verified('product:3')],
      [false, false, true],
    );
    passHearing(750);
    assert.equal(verified('product:3'), false);
    l2Trust.verified(clock.nowMs() - 999, l2Trust.distrustCount);
    assert.deepEqual(
      [verified('product:1'), verified('product:2'), verified('product:3')],
      [true, true, true],
    );
  });

  it('in L2 is not restored by a check during which it was lost, and begins a new epoch when it is', async () => {
    l2Trust.watch();
    trust.linked();
    await fill('product:1');
    const before = l2Trust.distrustCount;
    l2Trust.distrust('a command failed');
    l2Trust.verified(clock.nowMs(), before);
    assert.equal(l2Trust.isTrusted, false);
    l2Trust.verified(clock.nowMs(), l2Trust.distrustCount);
    assert.equal(l2Trust.isTrusted, true);
    assert.equal(kind('product:1'), 'kept');
  });

  describe('while a backlog is applied to L2', () => {
    const newsVerified = (backlog = '5:5:') =>
      l2Trust.newsVerified(backlog, clock.nowMs(), l2Trust.distrustCount);

    beforeEach(async () => {
      l2Trust.watch();
      l2Trust.verified(clock.nowMs(), l2Trust.distrustCount);
      trust.linked();
      await fill('product:1');
      newsVerified();
      await fill('product:2');
    });

    it('ends for what was loaded before, and lasts for what is loaded since', () => {
      for (let n = 0; n < 10; n += 1) {
        passHearing(250);
        newsVerified();
      }
      assert.deepEqual([kind('product:1'), kind('product:2')], ['kept', 'trusted']);
    });

    it('is verified as long as the news are', () => {
      const verified = () => {
        const found = l1.get('product:2');
        return found.kind === 'trusted' && found.verified;
      };
      passHearing(2_000);
      assert.equal(verified(), false);
      newsVerified();
      assert.equal(verified(), true);
    });

    it('is not given to a load that began before the backlog was known', async () => {
      await l1.filling('product:3', async (token) => {
        newsVerified('9:9:');
        l1.fill(entryOf('product:3'), token, 'origin');
      });
      assert.equal(kind('product:3'), 'kept');
    });

    it('lasts when the backlog is applied', () => {
      passHearing(2_000);
      newsVerified();
      l2Trust.verified(clock.nowMs(), l2Trust.distrustCount);
      assert.deepEqual([kind('product:1'), kind('product:2')], ['kept', 'trusted']);
    });

    it('ends with a failure of Redis, and with the link', () => {
      passHearing(2_000);
      newsVerified();
      assert.equal(kind('product:2'), 'trusted');
      l2Trust.distrust('a command failed');
      assert.equal(kind('product:2'), 'kept');
    });

    it('ends when the news are not applied in time', () => {
      passHearing(2_000);
      newsVerified();
      l2Trust.distrust('committed changes have not reached it');
      assert.equal(kind('product:2'), 'kept');
    });
  });

  it('never lets an older version follow a newer one, also when that is gone', async () => {
    await fill('product:1', 'origin', 7);
    l1.changed('product:1', 8);
    assert.equal(kind('product:1'), 'none');
    assert.equal(await fill('product:1', 'origin', 7), false);
    assert.equal(await fill('product:1', 'origin', 8), true);
  });

  it('refuses prefixes that begin with another one, as Redis does', () => {
    assert.throws(() => new TrackedPrefixes(['product:', 'product:x']), /overlap/);
  });
});
