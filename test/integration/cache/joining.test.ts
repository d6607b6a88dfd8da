import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

const KEY: CacheKey = 'product:1';

describe('a read that is under way', () => {
  let clock: FakeClock;
  let node: CacheNode;
  let origin: TestOrigin;

  const read = () => node.cache.read(KEY, origin.load);
  /** A read whose load has begun, and waits for the origin. */
  const waiting = async () => {
    const first = read();
    await until('the origin is asked', () => origin.asked === 1);
    return { first };
  };
  /** A change whose invalidation this process does not get. */
  const change = () => {
    origin.version += 1;
  };
  const answers = async (...reads: ReturnType<typeof read>[]) => {
    origin.open();
    return (await Promise.all(reads)).map(({ entry }) => entry.version);
  };

  beforeEach(async () => {
    clock = new FakeClock();
    node = await createCacheNode({ redisUrl: '', clock, config: { l1UnsyncedTtlMs: 1_000 } });
    origin = new TestOrigin();
    origin.close();
  });
  afterEach(() => {
    origin.open();
    node.close();
  });

  it('is joined within CACHE_L1_UNSYNCED_TTL while L1 is unsynced', async () => {
    const { first } = await waiting();
    clock.advance(999);
    assert.deepEqual(await answers(first, read()), [1, 1]);
    assert.equal(origin.asked, 1);
  });

  it('is joined no more after that: a slow load would give what was true long ago', async () => {
    const { first } = await waiting();
    change();
    clock.advance(1_000);
    const [, second] = await answers(first, read());
    assert.equal(second, 2);
    assert.equal(node.l1.kept(KEY)?.version, 2, 'and the older one leaves nothing behind');
  });

  it('is joined however long it takes while L1 is synced', async () => {
    node.l1Trust.linked();
    const { first } = await waiting();
    for (let second = 0; second < 5; second += 1) {
      clock.advance(500);
      node.l1Trust.heard(clock.nowMs());
    }
    assert.deepEqual(await answers(first, read()), [1, 1]);
    assert.equal(origin.asked, 1);
  });

  it('is not joined by readers after an invalidation, however near its end it is', async () => {
    let late: ReturnType<typeof read> | undefined;
    // All is done by then but to give it to its readers.
    node.events.on('miss', (tier) => {
      if (tier !== 'redis' || late !== undefined) return;
      change();
      node.l1.changed(KEY, origin.version);
      late = read();
    });
    origin.open();
    assert.equal((await read()).entry.version, 1);
    assert.equal((await late)?.entry.version, 2);
  });

  it('is not joined by readers after L1 is synced again: invalidations from before are lost', async () => {
    const { first } = await waiting();
    change();
    node.l1Trust.linked();
    const [, second] = await answers(first, read());
    assert.equal(second, 2);
    assert.equal((await read()).entry.version, 2);
  });
});
