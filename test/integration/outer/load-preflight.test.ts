import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import './support/load-scenario.ts';

const { judgeTarget } = await import('../../../k6/lib/preflight.ts');

const TARGET = { baseUrl: 'http://shop', products: 10 };
const HEALTHY = { status: 200, body: '{"status":"ok"}', error: '' };
const MISSING = { status: 404, body: '{}', error: '' };
const product = (id: string) => ({
  status: 200,
  body: JSON.stringify({ id, name: 'Lamp', price: 1, stock: 0, last_updated: 1_760_000_000 }),
  error: '',
});

/** A target that answers each path with what is given for it, and 404 else. */
const judged = (answers: Record<string, { status: number; body: string | null; error: string }>) =>
  judgeTarget(TARGET, (path) => answers[path] ?? MISSING);

const lineOf = (verdict: ReturnType<typeof judged>) =>
  verdict.kind === 'abort' ? verdict.reason : verdict.kind;

describe('the setup of a load run', () => {
  it('begins if the last product of the catalogue is there', () => {
    assert.equal(lineOf(judged({ '/health': HEALTHY, '/products/prod-9': product('prod-9') })), 'ready');
  });

  it('says that the target is down', () => {
    const down = { status: 0, body: null, error: 'dial: connection refused' };
    assert.equal(
      lineOf(judged({ '/health': down })),
      'Target down: http://shop does not answer (dial: connection refused). Start it, or set BASE_URL.',
    );
  });

  it('says that another server answers', () => {
    for (const body of ['<html>', '{}', null]) {
      const line = lineOf(judged({ '/health': { status: 404, body, error: '' } }));
      assert.match(line, /^Another server: http:\/\/shop\/health answers 404 without a health document/);
    }
  });

  it('says that the catalogue is empty, and that it is too small', () => {
    assert.match(lineOf(judged({ '/health': HEALTHY })), /^Catalogue empty: http:\/\/shop has no prod-0/);
    assert.match(
      lineOf(judged({ '/health': HEALTHY, '/products/prod-0': product('prod-0') })),
      /^Catalogue too small: http:\/\/shop has no prod-9, but PRODUCTS is 10/,
    );
  });

  it('goes on with a service that is there and cannot read, for the thresholds to judge', () => {
    const refusal = { status: 503, body: '{}', error: '' };
    assert.equal(judged({ '/health': HEALTHY, '/products/prod-9': refusal }).kind, 'faulty');
    const wrong = { ...product('prod-8') };
    assert.equal(judged({ '/health': HEALTHY, '/products/prod-9': wrong }).kind, 'faulty');
  });
});
