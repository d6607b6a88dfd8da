import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cacheOutcomeOf } from '../../../k6/lib/cache-status.ts';
import { productId, requestIds, uniform, zipf } from '../../../k6/lib/ids.ts';
import { drawKind, type MixKind } from '../../../k6/lib/mix.ts';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the mix of the load scenarios', () => {
  it('is 3 reads of a product to 1 of health to 0.5 of metrics', () => {
    // Every draw there is, evenly: what chance would only come near to.
    const draws = 4_500;
    const counts: Record<MixKind, number> = { product: 0, health: 0, metrics: 0 };
    for (let n = 0; n < draws; n += 1) counts[drawKind((n + 0.5) / draws)] += 1;
    assert.deepEqual(counts, { product: 3_000, health: 1_000, metrics: 500 });
  });

  it('has no kind for a number that is no draw', () => {
    assert.throws(() => drawKind(1), RangeError);
  });
});

describe('the ids of the load scenarios', () => {
  it('reach from the first product to the last, and no further', () => {
    for (const products of [1, 2, 3, 10_000, 5_000_000]) {
      for (const draw of [uniform(products), zipf(products)]) {
        assert.equal(
          draw(() => 0),
          0,
        );
        const last = draw(() => 1 - Number.EPSILON);
        assert.ok(last >= 0 && last < products, `${last} of ${products}`);
      }
    }
    assert.equal(
      uniform(10_000)(() => 1 - Number.EPSILON),
      9_999,
    );
    assert.equal(productId(0), 'prod-0');
  });

  it('are drawn by Zipf in proportion to 1 / rank^0.99', () => {
    const products = 10_000;
    const draws = 400_000;
    const [draw, random] = [zipf(products), randomOf(7)];
    const counts = new Array<number>(products).fill(0);
    for (let n = 0; n < draws; n += 1) {
      const id = draw(random);
      counts[id] = (counts[id] ?? 0) + 1;
    }
    const zeta = counts.reduce((sum, _, n) => sum + (n + 1) ** -0.99, 0);
    const shareOf = (from: number, to: number) =>
      counts.slice(from, to).reduce((sum, it) => sum + it, 0) / draws;
    const expected = (from: number, to: number) =>
      counts.slice(from, to).reduce((sum, _, n) => sum + (from + n + 1) ** -0.99, 0) / zeta;
    // The method is exact for the first two, and up to a tenth off for the others.
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 10],
      [10, 100],
      [100, 1_000],
      [1_000, 10_000],
    ] as const) {
      const [seen, due] = [shareOf(from, to), expected(from, to)];
      assert.ok(Math.abs(seen / due - 1) < 0.12, `${from} to ${to}: ${seen} where ${due} is due`);
    }
  });

  it('are drawn by Zipf from a catalogue of millions without a sum over all of it', () => {
    const [draw, random] = [zipf(100_000_000), randomOf(3)];
    const draws = Array.from({ length: 20_000 }, () => draw(random));
    const first = draws.filter((id) => id === 0).length / draws.length;
    // 1 / zeta(1e8, 0.99) = 0.0484.
    assert.ok(Math.abs(first - 0.0484) < 0.008, String(first));
  });

  it('give each request an id of its own, which the service accepts', () => {
    const users = [requestIds(() => 0.25), requestIds(() => 0.75), requestIds(Math.random)];
    const ids = users.flatMap((next) => Array.from({ length: 100 }, next));
    assert.equal(new Set(ids).size, 300);
    for (const id of ids) assert.match(id, /^[\x21-\x7e]{1,128}$/);
  });
});

describe('the cache outcome of an answer', () => {
  it('is the tier that Cache-Status names, or stale', () => {
    assert.equal(cacheOutcomeOf('hotshelf; hit; ttl=326; detail=l1'), 'l1');
    assert.equal(cacheOutcomeOf('hotshelf; hit; ttl=2; detail=redis'), 'redis');
    assert.equal(cacheOutcomeOf('hotshelf; fwd=uri-miss; stored; ttl=326; detail=origin'), 'origin');
    assert.equal(cacheOutcomeOf('hotshelf; hit; ttl=-5; detail=l1'), 'stale');
  });

  it('is none if there is no such header, or one of another cache', () => {
    assert.equal(cacheOutcomeOf(undefined), 'none');
    assert.equal(cacheOutcomeOf('nginx; hit'), 'none');
    assert.equal(cacheOutcomeOf('other; detail=disk'), 'none');
  });
});
