import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { CATEGORIES, productOf } from '#src/apps/local/src/seeded-products';

const first = (count: number) => Array.from({ length: count }, (_, k) => productOf(k));

describe('the seeded products', () => {
  it('are the same on every machine', () => {
    const hash = createHash('sha256');
    for (const product of first(10_000)) hash.update(`${Object.values(product).join('\t')}\n`);
    assert.equal(hash.digest('hex'), '8a8676ed992e5e53a061f197217c3b24a377a301c9e477f5d262e9e443ddf81f');
  });

  it('are the same whatever was drawn before', () => {
    const backwards = Array.from({ length: 1_000 }, (_, k) => productOf(999 - k)).reverse();
    assert.deepEqual(backwards, first(1_000));
  });

  it('keep the rules of the catalogue', () => {
    const categories = new Set(CATEGORIES.map(({ id }) => id));
    for (const [k, product] of first(10_000).entries()) {
      assert.equal(product.id, `prod-${k}`);
      assert.match(product.name, /^[\w&,' -]{1,200}$/);
      assert.match(product.price, /^[1-9]\d{0,6}\.\d{2}$/);
      assert.ok(Number.isInteger(product.stock) && product.stock >= 0, `stock of ${product.id}`);
      assert.ok(categories.has(product.category_id), `category of ${product.id}`);
      assert.equal(new Date(product.last_updated).getUTCFullYear(), 2025);
    }
  });

  it('fill every category, and some are sold out', () => {
    const products = first(10_000);
    assert.equal(new Set(products.map(({ category_id }) => category_id)).size, CATEGORIES.length);
    const soldOut = products.filter(({ stock }) => stock === 0).length;
    assert.ok(soldOut > 300 && soldOut < 700, `${soldOut} are sold out`);
  });

  it('have categories with ids of their own that an address can hold', () => {
    assert.equal(new Set(CATEGORIES.map(({ id }) => id)).size, CATEGORIES.length);
    for (const { id, minCents, maxCents } of CATEGORIES) {
      assert.match(id, /^cat-[a-z-]{1,59}$/);
      assert.ok(minCents >= 100 && minCents < maxCents, `prices of ${id}`);
    }
  });
});
