import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import type { CacheEntry, CacheKey } from '#src/libs/cache/src/entry/entry';
import type { L1Tier } from '#src/libs/cache/src/tiers/l1-tier';
import type { L1Trust } from '#src/libs/cache/src/trust';
import { FakeClock } from '../../support/fake-clock.ts';
import { createL1 } from '../../support/l1.ts';

const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x' });
const KEY: CacheKey = 'product:1';
const FRESH_MS = 300_000;
const LOAD_MS = 10;

describe('what L1 answers without a thought', () => {
  let clock: FakeClock;
  let l1: L1Tier;
  let trust: L1Trust;

  const fill = (state: 'present' | 'absent' = 'present', version = 1) => {
    const loadedAtMs = clock.nowMs();
    const freshUntilMs = loadedAtMs + FRESH_MS;
    const times = { loadedAtMs, freshUntilMs, graceUntilMs: freshUntilMs + FRESH_MS, loadMs: LOAD_MS };
    const base = { key: KEY, version, ...times };
    const entry: CacheEntry =
      state === 'absent' ? { state, ...base } : { state, ...base, etag: '"e"', body: '{}' };
    return l1.filling(KEY, async (token) => l1.fill(entry, token, 'origin'));
  };
  const hot = () => l1.hot(KEY, clock.nowMs());
  const passHearing = (ms: number) => {
    clock.advance(ms);
    trust.heard(clock.nowMs());
  };

  beforeEach(() => {
    clock = new FakeClock();
    ({ l1, trust } = createL1(config, clock));
    trust.linked();
  });

  it('is an entry that is there, trusted and fresh', async () => {
    assert.equal(hot(), undefined);
    await fill();
    assert.equal(hot()?.entry.version, 1);
  });

  it('is not the knowledge that there is no such thing', async () => {
    await fill('absent');
    assert.equal(hot(), undefined);
  });

  it('is empty after an invalidation, until the entry was compared or filled again', async () => {
    await fill();
    l1.suspect(KEY);
    assert.equal(hot(), undefined);
    await fill('present', 2);
    assert.equal(hot()?.entry.version, 2);
  });

  it('is nothing that is older than a change', async () => {
    await fill();
    l1.changed(KEY, 2);
    assert.equal(hot(), undefined);
  });

  it('is nothing that is not trusted any more', async () => {
    await fill();
    trust.unlinked();
    clock.advance(config.l1UnsyncedTtlMs);
    assert.equal(hot(), undefined);
  });

  it('is nothing of a time before a gap in what was heard', async () => {
    await fill();
    trust.beginEpoch();
    assert.equal(hot(), undefined);
  });

  it('is left to the path that draws for a refresh once a draw can succeed', async () => {
    await fill();
    passHearing(FRESH_MS - 40 * LOAD_MS);
    assert.ok(hot());
    passHearing(4 * LOAD_MS);
    assert.equal(hot(), undefined);
  });

  it('is nothing stale or expired', async () => {
    await fill();
    passHearing(FRESH_MS);
    assert.equal(hot(), undefined);
    passHearing(FRESH_MS);
    assert.equal(hot(), undefined);
  });

  it('counts as a read', async () => {
    await fill();
    assert.deepEqual(l1.hotKeys(10), []);
    hot();
    hot();
    assert.deepEqual(l1.hotKeys(10), [KEY]);
  });
});
