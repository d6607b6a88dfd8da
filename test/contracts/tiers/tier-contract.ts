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

    it('has no entry of a key that was not filled', async () => {
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

    it('refuses a fill that was announced before a change with an unknown state', async () => {
      const key = freshKey();
      const old = await tier.begin(key);
      await tier.change(key, 10);
      assert.equal(await old?.fill(entryOf(key, 9)), false);
      assert.equal(await tier.get(key), null);
    });

    it('refuses fills and states of writes that a replayed change passed', async () => {
      const key = freshKey();
      const [load, write] = [await tier.begin(key), await tier.announce(key)];
      await tier.change(key, 10, true);
      assert.equal(await load?.fill(entryOf(key, 9)), false);
      assert.equal(await write.fill(entryOf(key, 8)), false);
      assert.equal(await tier.get(key), null);
    });

    it('takes the state of an announced write in the place of nothing', async () => {
      const key = freshKey();
      const write = await tier.claim(key, 10);
      assert.equal(await write.fill(entryOf(key, 10)), true);
      assert.equal(await versionOf(key), 10);
    });

    it('refuses the state of an announced write that a later change passed, also when that was evicted meanwhile', async () => {
      const key = freshKey();
      const late = await tier.claim(key, 10);
      await tier.put(entryOf(key, 11));
      await tier.evict(key);
      assert.equal(await late.fill(entryOf(key, 10)), false);
      assert.equal(await tier.get(key), null);
    });

    it('refuses the state of an announced write that a later announced write passed', async () => {
      const key = freshKey();
      const late = await tier.claim(key, 10);
      const next = await tier.claim(key, 11);
      await next.fill(entryOf(key, 11));
      await tier.evict(key);
      assert.equal(await late.fill(entryOf(key, 10)), false);
      assert.equal(await tier.get(key), null);
    });

    it('takes the states of writes that commit by themselves in the place of nothing, in the order of their versions', async () => {
      const key = freshKey();
      const [one, other] = [await tier.announce(key), await tier.announce(key)];
      assert.equal(await other.fill(entryOf(key, 11)), true);
      await one.fill(entryOf(key, 10));
      assert.equal(await versionOf(key), 11);
    });

    it('refuses the state of a write that commits by itself and that a later change passed, also when that was evicted meanwhile', async () => {
      const key = freshKey();
      const [late, other] = [await tier.announce(key), await tier.announce(key)];
      await tier.change(key, 12);
      await tier.evict(key);
      assert.equal(await late.fill(entryOf(key, 10)), false);
      await tier.evict(key);
      assert.equal(await other.fill(entryOf(key, 11)), false);
      assert.equal(await tier.get(key), null);
    });

    it('lets loads go on beside an announced write, until its state is there', async () => {
      const key = freshKey();
      const write = await tier.claim(key, 10);
      const before = await tier.begin(key);
      assert.equal(await before?.fill(entryOf(key, 9)), true);
      const during = await tier.begin(key);
      await write.fill(entryOf(key, 10));
      assert.equal(await during?.fill(entryOf(key, 9)), false);
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
