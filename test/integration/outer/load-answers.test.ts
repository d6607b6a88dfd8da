import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  categoriesFaults,
  categoryFaults,
  healthFaults,
  metricsFaults,
  pageFaults,
  problemFaults,
  productFaults,
  seenIn,
  selectionFaults,
  sumIn,
} from '../../../k6/lib/answers.ts';

const PRODUCT = {
  id: 'prod-7',
  name: 'Walnut Desk Lamp',
  price: 49.9,
  stock: 0,
  last_updated: 1_760_000_000.125,
};

describe('the load scenarios, judging a product', () => {
  const faultsOf = (change: object) => productFaults(JSON.stringify({ ...PRODUCT, ...change }), 'prod-7');

  it('accept a right one, and members that were added since', () => {
    assert.deepEqual(faultsOf({}), []);
    assert.deepEqual(faultsOf({ colour: 'brown' }), []);
  });

  const WRONG: readonly (readonly [string, object])[] = [
    ['id is the one asked for', { id: 'prod-8' }],
    ['name is a string with something in it', { name: '' }],
    ['name is a string with something in it', { name: undefined }],
    ['price is a number above 0', { price: '49.90' }],
    ['price is a number above 0', { price: 0 }],
    ['price is a number above 0', { price: null }],
    ['stock is a whole number of at least 0', { stock: -1 }],
    ['stock is a whole number of at least 0', { stock: 1.5 }],
    ['stock is a whole number of at least 0', { stock: '3' }],
    ['last_updated is a time in seconds', { last_updated: '2026-01-01T00:00:00Z' }],
    ['last_updated is a time in seconds', { last_updated: 1_760_000_000_125 }],
    ['last_updated is a time in seconds', { last_updated: undefined }],
  ];
  for (const [rule, change] of WRONG) {
    it(`refuse ${JSON.stringify(change)}: ${rule}`, () => assert.deepEqual(faultsOf(change), [rule]));
  }

  it('refuse what is no JSON object at all', () => {
    for (const body of [null, '', 'null', '[]', '"prod-7"', '{"id":"prod-7"', '<html>']) {
      assert.deepEqual(productFaults(body, 'prod-7'), ['the body is a JSON object'], String(body));
    }
  });
});

describe('the load scenarios, judging other answers', () => {
  it('refuse health without a status', () => {
    assert.deepEqual(healthFaults('{"status":"ok"}'), []);
    assert.deepEqual(healthFaults('{}'), ['status is a string']);
  });

  it("refuse a problem without a type, or whose status is not the answer's", () => {
    const problem = { type: 'https://hotshelf.example/problems/x', title: 'X', status: 404 };
    assert.deepEqual(problemFaults(JSON.stringify(problem), 404), []);
    assert.deepEqual(problemFaults(JSON.stringify(problem), 400), ["status is the answer's"]);
    assert.deepEqual(problemFaults(JSON.stringify({ ...problem, type: undefined }), 404), [
      'type is a string',
    ]);
  });

  it('refuse metrics that miss one of the four names', () => {
    const page = [
      '# TYPE api_request_latency_seconds histogram',
      '# TYPE cache_hits_total counter',
      '# TYPE cache_misses_total counter',
      '# TYPE api_errors_total counter',
    ];
    assert.deepEqual(metricsFaults(page.join('\n')), []);
    assert.deepEqual(metricsFaults(page.slice(0, 3).join('\n')), ['api_errors_total is a counter']);
    assert.equal(metricsFaults(null).length, 4);
  });
});

describe('the load scenarios, judging several things at once', () => {
  const products = (...ids: string[]) => ids.map((id) => ({ ...PRODUCT, id }));

  it('refuse a selection with a product that was not asked for, or without one that was', () => {
    const faultsOf = (body: object) => selectionFaults(JSON.stringify(body), ['prod-1', 'prod-2']);
    assert.deepEqual(faultsOf({ items: products('prod-1'), missing: ['prod-2'] }), []);
    assert.deepEqual(faultsOf({ items: products('prod-3'), missing: ['prod-2'] }), [
      'items are products that were asked for',
    ]);
    assert.deepEqual(faultsOf({ items: products('prod-1'), missing: [] }), ['missing are the other ids']);
  });

  it('refuse a page that is too long, out of order, or has a wrong product', () => {
    const faultsOf = (items: object[]) => pageFaults(JSON.stringify({ items, next_cursor: null }), 2);
    assert.deepEqual(faultsOf(products('prod-1', 'prod-2')), []);
    assert.deepEqual(faultsOf(products('prod-1', 'prod-2', 'prod-3')), ['items are no more than the limit']);
    assert.deepEqual(faultsOf(products('prod-2', 'prod-1')), [
      'items are products, in the order of their ids',
    ]);
    assert.deepEqual(faultsOf([{ ...PRODUCT, price: 0 }]), ['items are products, in the order of their ids']);
  });

  it('refuse a category without a name or a count', () => {
    const category = { id: 'cat', name: 'Lighting', last_updated: 1_760_000_000 };
    assert.deepEqual(categoriesFaults(JSON.stringify({ items: [category] })), []);
    assert.deepEqual(categoriesFaults(JSON.stringify({ items: [{ ...category, name: '' }] })), [
      'items are categories',
    ]);
    assert.deepEqual(categoryFaults(JSON.stringify({ ...category, product_count: 2 }), 'cat'), []);
    assert.deepEqual(categoryFaults(JSON.stringify(category), 'cat'), [
      'product_count is a whole number of at least 0',
    ]);
  });
});

describe('the load scenarios, reading answers', () => {
  it('know the state of a product', () => {
    assert.deepEqual(seenIn(JSON.stringify(PRODUCT)), { stock: 0, lastUpdated: 1_760_000_000.125 });
    assert.equal(seenIn('{}'), undefined);
  });

  it('sum up the series of a metric, whatever its prefix', () => {
    const page = [
      '# TYPE cache_load_seconds histogram',
      'cache_load_seconds_count{outcome="found"} 3',
      'cache_load_seconds_count{outcome="absent"} 2',
      'cache_load_seconds_sum{outcome="found"} 0.5',
    ].join('\n');
    assert.equal(sumIn(page, 'cache_load_seconds_count'), 5);
    assert.equal(sumIn(page.replaceAll('cache_', 'hotshelf_cache_'), 'cache_load_seconds_count'), 5);
    assert.equal(sumIn(page, 'load_count'), undefined);
  });
});
