import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyProductId, requestIds } from '../../../k6/lib/ids.ts';
import { drawKind, type Kind } from '../../../k6/lib/mix.ts';

describe('the mix of the load scenarios', () => {
  it('is 3 reads of a product to 1 of health to 0.5 of metrics', () => {
    // Every draw there is, evenly: what chance would only come near to.
    const draws = 4_500;
    const counts: Record<Kind, number> = { product: 0, health: 0, metrics: 0 };
    for (let n = 0; n < draws; n += 1) counts[drawKind((n + 0.5) / draws)] += 1;
    assert.deepEqual(counts, { product: 3_000, health: 1_000, metrics: 500 });
  });

  it('comes near that by chance, too', () => {
    const draws = 90_000;
    let products = 0;
    for (let n = 0; n < draws; n += 1) if (drawKind(Math.random()) === 'product') products += 1;
    // Five standard deviations: 0.0079.
    assert.ok(Math.abs(products / draws - 2 / 3) < 0.008, `${products} of ${draws}`);
  });

  it('has no kind for what is no draw', () => {
    assert.throws(() => drawKind(1), RangeError);
  });
});

describe('the ids of the load scenarios', () => {
  it('reach from the first product to the last, and no further', () => {
    assert.equal(
      anyProductId(() => 0, 10_000),
      'prod-0',
    );
    assert.equal(
      anyProductId(() => 1 - Number.EPSILON, 10_000),
      'prod-9999',
    );
  });

  it('give each request one of its own, which the service takes over', () => {
    const users = [requestIds(() => 0.25), requestIds(() => 0.75), requestIds(Math.random)];
    const ids = users.flatMap((next) => Array.from({ length: 100 }, next));
    assert.equal(new Set(ids).size, 300);
    for (const id of ids) assert.match(id, /^[\x21-\x7e]{1,128}$/);
  });
});
