import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthFaults, metricsFaults, problemFaults, productFaults } from '../../../k6/lib/answers.ts';

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
