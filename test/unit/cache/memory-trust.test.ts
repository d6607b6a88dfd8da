import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type CacheConfig, readConfig } from '#libs/config';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { EntryMaker } from '#src/libs/cache/src/entry/make-entry';
import type { FillToken } from '#src/libs/cache/src/tiers/fill-fence';
import type { MemoryTier } from '#src/libs/cache/src/tiers/memory-tier';
import type { MemoryTrust } from '#src/libs/cache/src/trust/memory-trust';
import type { SharedTrust } from '#src/libs/cache/src/trust/shared-trust';
import { TrackedPrefixes } from '#src/libs/cache/src/trust/tracked-prefixes';
import { FakeClock } from '../../support/fake-clock.ts';
import { createMemory } from '../../support/memory.ts';
import { fillMemory } from '../../support/telling.ts';

const TTL_MS = 700;
const KEY = 'product:1';

describe('the trust in memory', () => {
  let clock: FakeClock;
  let memory: MemoryTier;
  let trust: MemoryTrust;
  let shared: SharedTrust;
  let config: CacheConfig;

  const begin = (ttl = `${TTL_MS}ms`) => {
    clock = new FakeClock();
    ({ cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_L1_UNSYNCED_TTL: ttl }));
    ({ memory, trust, shared } = createMemory(config, clock));
  };
  const entryOf = (key: CacheKey) => {
    const loaded = { state: 'present', version: 1, body: 'x' } as const;
    return new EntryMaker(clock, config).make(key, { loaded, startedAtMs: clock.nowMs(), floorVersion: 0 });
  };
  const fill = (key: CacheKey = KEY) => fillMemory(memory, entryOf(key));
  const trusts = (key: CacheKey = KEY) => {
    const found = memory.get(key);
    assert.notEqual(found.kind, 'none', 'what is not trusted is kept all the same');
    return found.kind === 'trusted';
  };
  /** Time passes, and the link shows at every step that it lives. */
  const live = (ms: number, stepMs = 250) => {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      clock.advance(stepMs);
      trust.heard(clock.nowMs());
    }
  };

  beforeEach(() => begin());

  describe('while changes are heard', () => {
    it('stands however old an entry is', async () => {
      trust.linked();
      await fill();
      live(200_000);
      assert.ok(trusts());
    });

    it('ends a second after the last sign of life: a process that was stopped wakes up with a link that looks alive', async () => {
      trust.linked();
      await fill();
      live(5_000);
      clock.advance(999);
      assert.ok(trusts());
      clock.advance(1);
      assert.ok(!trusts());
    });

    it('is back with the next sign of life, when what was told meanwhile has arrived', async () => {
      trust.linked();
      await fill();
      clock.advance(10_000);
      assert.ok(!trusts());
      trust.heard(clock.nowMs() - 1);
      assert.ok(trusts());
    });

    it('is not moved back by an answer that comes late', async () => {
      trust.linked();
      await fill();
      live(5_000);
      trust.heard(clock.nowMs() - 4_000);
      assert.ok(trusts());
    });
  });

  describe('while they are not', () => {
    it('stands for CACHE_L1_UNSYNCED_TTL from when the value was asked for, not from when it came', async () => {
      await memory.filling(KEY, async (token) => {
        clock.advance(400);
        memory.fill(entryOf(KEY), token);
      });
      clock.advance(TTL_MS - 400 - 1);
      assert.ok(trusts());
      clock.advance(1);
      assert.ok(!trusts());
    });

    it('stands for CACHE_L1_UNSYNCED_TTL from the last sign of life for what was there before', async () => {
      trust.linked();
      await fill();
      live(5_000);
      clock.advance(100);
      trust.unlinked();
      clock.advance(TTL_MS - 100 - 1);
      assert.ok(trusts());
      clock.advance(1);
      assert.ok(!trusts());
    });

    it('is never there where CACHE_L1_UNSYNCED_TTL is 0', async () => {
      begin('0ms');
      await fill();
      assert.ok(!trusts());
      trust.linked();
      await fill();
      assert.ok(trusts());
      trust.unlinked();
      assert.ok(!trusts());
    });
  });

  describe('across a gap in what was heard', () => {
    const gaps: Record<string, () => void> = {
      'the link was lost and stands again': () => {
        trust.unlinked();
        trust.linked();
      },
      'the link stands for the first time': () => trust.linked(),
      'everything may have changed': () => memory.suspectAll(),
      'Redis is believed again': () => {
        shared.watch();
        shared.verified(clock.nowMs(), shared.doubtCount);
      },
    };
    for (const [what, happens] of Object.entries(gaps)) {
      it(`ends at once for what was filled before: ${what}`, async () => {
        await fill();
        assert.ok(trusts());
        happens();
        assert.ok(!trusts());
        await fill();
        assert.ok(trusts());
      });

      it(`is not given to what was on its way: ${what}`, async () => {
        await memory.filling(KEY, async (token) => {
          happens();
          // As it is where a flush cancels the fill, and where nothing does.
          memory.fill(entryOf(KEY), { ...token, cancelled: false } satisfies FillToken);
        });
        assert.ok(!trusts());
      });
    }
  });

  describe('while Redis is doubted', () => {
    it('stands for CACHE_L1_UNSYNCED_TTL from when Redis was last known to be right, though changes are heard', async () => {
      trust.linked();
      shared.watch();
      shared.verified(clock.nowMs(), shared.doubtCount);
      await fill();
      live(5_000);
      shared.verified(clock.nowMs(), shared.doubtCount);
      live(250);
      shared.doubt();
      assert.ok(!trust.isSynced);
      live(TTL_MS - 250 - 50, 50);
      assert.ok(trusts());
      live(50, 50);
      assert.ok(!trusts());
    });

    it('is not waited for beyond its time', async () => {
      trust.linked();
      shared.watch();
      let waited = false;
      const wait = trust.syncedWithin(500).then(() => {
        waited = true;
      });
      for (let passedMs = 0; passedMs < 500; passedMs += 5) {
        assert.ok(!waited);
        clock.advance(5);
        await new Promise(setImmediate);
      }
      await wait;
    });

    it('is waited for until it is there', async () => {
      trust.linked();
      shared.watch();
      const wait = trust.syncedWithin(500);
      shared.verified(clock.nowMs(), shared.doubtCount);
      clock.advance(5);
      await wait;
      assert.ok(trust.isSynced);
    });
  });

  describe('in what is not tracked', () => {
    it('stands for CACHE_L1_UNSYNCED_TTL, link or no link', async () => {
      trust.linked();
      await fill('other:1');
      live(TTL_MS - 50, 50);
      assert.ok(trusts('other:1'));
      live(50, 50);
      assert.ok(!trusts('other:1'));
    });

    it('is not touched by a gap, since nothing was ever heard of it', async () => {
      await fill('other:1');
      trust.linked();
      assert.ok(trusts('other:1'));
    });
  });
});

describe('tracked prefixes', () => {
  it('may stand beside each other', () => {
    assert.deepEqual(new TrackedPrefixes(['a:', 'b:']).list, ['a:', 'b:']);
  });

  for (const list of [
    ['a:', 'a:b:'],
    ['a:b:', 'a:'],
    ['a:', 'a:'],
    ['', 'a:'],
  ])
    it(`may not begin with each other: ${JSON.stringify(list)}`, () => {
      assert.throws(() => new TrackedPrefixes(list), TypeError);
    });
});
