import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FillFence } from '#src/libs/cache/src/tiers/fill-fence';

describe('the fence of fills', () => {
  it('cancels every fill of a key that is under way, and none of another key', () => {
    const fence = new FillFence();
    const [one, two, other] = [fence.begin('a:1', 0), fence.begin('a:1', 0), fence.begin('a:2', 0)];
    fence.cancel('a:1');
    assert.deepEqual([one.cancelled, two.cancelled, other.cancelled], [true, true, false]);
  });

  it('leaves a fill alone that begins after the change', () => {
    const fence = new FillFence();
    fence.begin('a:1', 0);
    fence.cancel('a:1');
    assert.equal(fence.begin('a:1', 0).cancelled, false);
  });

  it('cancels all, where it is not known what changed', () => {
    const fence = new FillFence();
    const tokens = [fence.begin('a:1', 0), fence.begin('a:2', 0)];
    fence.cancelAll();
    assert.ok(tokens.every(({ cancelled }) => cancelled));
  });

  it('keeps nothing of fills that ended, also when they end twice', () => {
    const fence = new FillFence();
    const [one, two] = [fence.begin('a:1', 0), fence.begin('a:1', 0)];
    fence.end(one);
    fence.end(one);
    assert.equal(fence.size, 1);
    fence.cancel('a:1');
    assert.deepEqual([one.cancelled, two.cancelled], [false, true]);
    fence.end(two);
    assert.equal(fence.size, 0);
  });
});
