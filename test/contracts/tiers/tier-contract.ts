import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type CacheEntry, type CacheKey, phaseOf } from '#src/libs/cache/src/entry/entry';
import { until } from '../../support/until.ts';
import { checkRandomHistories } from './random-histories.ts';
import { entryOf, freshKey } from './samples.ts';
import type { Tier } from './tier.ts';

/** The promises that every tier keeps. @param start a tier with nothing in it */
export function describeTier(
  name: string,
  start: () => Promise<{ tier: Tier; stop(): Promise<void> }>,
): void {
  describe(`the contract of a tier: ${name}`, () => {
    let tier: Tier;
    let stop: () => Promise<void>;

    const fill = async (entry: CacheEntry) => {
      const ticket = await tier.begin(entry.key);
      return (await ticket?.fill(entry)) ?? false;
    };
    const versionOf = async (key: CacheKey) => (await tier.get(key))?.version;

    before(async () => {
      ({ tier, stop } = await start());
    });
    after(() => stop());

    it('gives back what was filled in', async () => {
      const entry = entryOf(freshKey(), 7);
      assert.equal(await fill(entry), true);
      const read = await tier.get(entry.key);
      assert.ok(entry.state === 'present' && read?.state === 'present');
      assert.deepEqual([read.version, read.etag, read.body], [7, entry.etag, entry.body]);
    });

    it('gives back that there is no such thing', async () => {
      const { key, version, loadedAtMs, freshUntilMs, graceUntilMs, loadMs } = entryOf(freshKey(), 3);
      await fill({ state: 'absent', key, version, loadedAtMs, freshUntilMs, graceUntilMs, loadMs });
      assert.equal((await tier.get(key))?.state, 'absent');
    });

    it('knows nothing of a key that nobody filled', async () => {
      assert.equal(await tier.get(freshKey()), null);
    });

    it('keeps an entry’s own times, and drops it when its grace ends', async () => {
      const entry = entryOf(freshKey(), 1, 120);
      await fill(entry);
      const read = await tier.get(entry.key);
      assert.ok(read !== null && Math.abs(read.graceUntilMs - entry.graceUntilMs) < 50);
      await until('it is stale and still there', async () => {
        const there = await tier.get(entry.key);
        return there !== null && phaseOf(there, performance.now()) === 'stale';
      });
      await until('it is gone', async () => (await tier.get(entry.key)) === null);
    });

    it('refuses a fill that was announced before a change, and takes one that was announced after', async () => {
      const key = freshKey();
      await fill(entryOf(key, 8));
      const old = await tier.begin(key);
      await tier.put(entryOf(key, 10));
      assert.equal(await old?.fill(entryOf(key, 9)), false);
      assert.equal(await versionOf(key), 10);
      await tier.evict(key);
      assert.equal(await fill(entryOf(key, 10)), true);
    });

    it('refuses a fill that was announced before a change, also when the changed entry was evicted meanwhile', async () => {
      const key = freshKey();
      const old = await tier.begin(key);
      await tier.put(entryOf(key, 10));
      await tier.evict(key);
      assert.equal(await old?.fill(entryOf(key, 9)), false);
      assert.equal(await tier.get(key), null);
    });

    it('refuses a fill that was announced before a change of which the new state is not known', async () => {
      const key = freshKey();
      const old = await tier.begin(key);
      await tier.change(key, 10);
      assert.equal(await old?.fill(entryOf(key, 9)), false);
      assert.equal(await tier.get(key), null);
    });

    it('never lets an older version in the place of a newer one', async () => {
      const key = freshKey();
      await fill(entryOf(key, 8));
      assert.equal(await tier.put(entryOf(key, 10)), true);
      assert.equal(await tier.put(entryOf(key, 9)), false);
      await fill(entryOf(key, 9));
      assert.equal(await versionOf(key), 10);
    });

    it('takes a change twice without harm', async () => {
      const key = freshKey();
      await fill(entryOf(key, 8));
      await tier.put(entryOf(key, 10));
      await tier.put(entryOf(key, 10));
      assert.equal(await versionOf(key), 10);
    });

    it('keeps its promises in any order of fills, changes and evictions', async () => {
      await checkRandomHistories(tier);
    });
  });
}
