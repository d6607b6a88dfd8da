import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { FillFence } from '#src/libs/cache/src/tiers/doorkeeper';

const NEW = { cancelled: false, next: null };
const begin = (fence: FillFence, key: CacheKey) =>
  fence.begin({ key, knownVersion: 0, kept: null, askedAtMs: 0, epoch: 0, visit: null, ...NEW });

describe('the fence of fills', () => {
  it('cancels every fill of a key that is under way, and none of another key', () => {
    const fence = new FillFence();
    const [one, two, other] = [begin(fence, 'a:1'), begin(fence, 'a:1'), begin(fence, 'a:2')];
    fence.cancel('a:1');
    assert.deepEqual([one.cancelled, two.cancelled, other.cancelled], [true, true, false]);
  });

  it('leaves a fill alone that begins after the change', () => {
    const fence = new FillFence();
    begin(fence, 'a:1');
    fence.cancel('a:1');
    assert.equal(begin(fence, 'a:1').cancelled, false);
  });

  it('cancels all, where it is not known what changed', () => {
    const fence = new FillFence();
    const tokens = [begin(fence, 'a:1'), begin(fence, 'a:2')];
    fence.cancelAll();
    assert.ok(tokens.every(({ cancelled }) => cancelled));
  });

  it('keeps nothing of fills that ended, also when they end twice', () => {
    const fence = new FillFence();
    const [one, two] = [begin(fence, 'a:1'), begin(fence, 'a:1')];
    fence.end(one);
    fence.end(one);
    assert.equal(fence.size, 1);
    fence.cancel('a:1');
    assert.deepEqual([one.cancelled, two.cancelled], [false, true]);
    fence.end(two);
    assert.equal(fence.size, 0);
  });
});
