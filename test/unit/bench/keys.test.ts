import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Keys, keyStream } from '../../bench/load/keys.ts';

const draw = (keys: Keys, count: number, seed = 1) => {
  const next = keyStream(keys, seed);
  return Array.from({ length: count }, () => next());
};

describe('the keys of a load', () => {
  it('are the same for the same seed, and others for another', () => {
    for (const keys of [
      { kind: 'uniform', count: 1_000 },
      { kind: 'zipf', count: 1_000, theta: 0.99 },
    ] as const) {
      assert.deepEqual(draw(keys, 100, 7), draw(keys, 100, 7));
      assert.notDeepEqual(draw(keys, 100, 7), draw(keys, 100, 8));
    }
  });

  it('are each drawn once where they are distinct, from the first on', () => {
    const keys = draw({ kind: 'distinct', first: 500, count: 100 }, 100);
    assert.deepEqual(
      keys,
      Array.from({ length: 100 }, (_, n) => 500 + n),
    );
  });

  it('fall off as 1/n^theta where they are skewed, and stay within the catalogue', () => {
    const count = 10_000;
    const keys = draw({ kind: 'zipf', count, theta: 0.99 }, 200_000);
    assert.ok(keys.every((key) => Number.isInteger(key) && key >= 0 && key < count));
    const share = (key: number) => keys.filter((drawn) => drawn === key).length / keys.length;
    const zeta = Array.from({ length: count }, (_, n) => (n + 1) ** -0.99).reduce((sum, p) => sum + p, 0);
    for (const key of [0, 1]) assert.ok(Math.abs(share(key) * zeta * (key + 1) ** 0.99 - 1) < 0.05, `${key}`);
  });
});
