import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { ran } from './support/k6-runtime/ran.ts';
import './support/load-scenario.ts';

const { checkAnswer } = await import('../../../k6/lib/checks.ts');

const HEADERS = {
  'X-Request-Id': 'k6-1',
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Status': 'hotshelf; hit; ttl=3; detail=l1',
};
const REFUSAL = { ...HEADERS, 'Content-Type': 'application/problem+json', 'Retry-After': '1' };

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly broken?: readonly string[];
  readonly sameWhenDown?: boolean;
}

/** The names of the checks that an answer fails. */
function failedBy({ status, headers = HEADERS, broken = [], sameWhenDown = false }: Answer): string[] {
  const response = { status, headers, body: '{}' } as unknown as Parameters<
    typeof checkAnswer
  >[0]['response'];
  checkAnswer(
    { requestId: 'k6-1', generatorMs: 0, response },
    {
      question: { method: 'GET', url: 'http://shop/x', route: 'GET /x', kind: 'product', statuses: [200] },
      contentType: 'application/json',
      cached: true,
      sameWhenDown,
      faults: () => broken,
    },
  );
  return ran.checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

describe('the checks of an answer', () => {
  afterEach(() => ran.clear());
  const without = (name: keyof typeof REFUSAL) => ({ ...REFUSAL, [name]: '' });

  it('accept one that is as it should be', () => {
    assert.deepEqual(failedBy({ status: 200 }), []);
    assert.equal(ran.checks.length, 4);
  });

  it('name what is missing, and each rule of the body that is broken', () => {
    assert.deepEqual(failedBy({ status: 200, headers: {}, broken: ['price is a number above 0'] }), [
      'GET /x returns the request id',
      'GET /x has its body',
      'GET /x is application/json',
      'GET /x has Cache-Status',
      'GET /x: price is a number above 0',
    ]);
  });

  it('refuse another status than is right', () => {
    for (const status of [404, 500, 302]) {
      assert.deepEqual(failedBy({ status }), ['GET /x answers 200, or refuses'], String(status));
      ran.clear();
    }
  });

  it('accept a refusal in its own form, and no other', () => {
    assert.deepEqual(failedBy({ status: 503, headers: REFUSAL }), []);
    assert.deepEqual(failedBy({ status: 429, headers: REFUSAL }), []);
    assert.deepEqual(failedBy({ status: 503, headers: without('Retry-After') }), [
      'GET /x refuses with Retry-After',
    ]);
    ran.clear();
    assert.deepEqual(failedBy({ status: 503, headers: HEADERS }), [
      'GET /x refuses with a problem document',
      'GET /x refuses with Retry-After',
    ]);
  });

  it('hold the 503 of health to the form of health', () => {
    assert.deepEqual(failedBy({ status: 503, sameWhenDown: true }), []);
    assert.deepEqual(failedBy({ status: 503, sameWhenDown: true, broken: ['status is a string'] }), [
      'GET /x has its body',
      'GET /x: status is a string',
    ]);
  });

  it('judge no answer that never came: it counts as a failed request', () => {
    assert.deepEqual(failedBy({ status: 0, headers: {} }), []);
    assert.equal(ran.checks.length, 0);
  });
});
