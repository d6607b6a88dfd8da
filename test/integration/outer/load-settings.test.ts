import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings } from '../../../k6/lib/settings.ts';
import { underLoad } from '../../../k6/lib/thresholds.ts';

describe('the settings of a load run', () => {
  it('fit the catalogue that npm start seeds, where nothing is said', () => {
    assert.deepEqual(readSettings({}), {
      baseUrl: 'http://127.0.0.1:3000',
      products: 10_000,
      ratePerSecond: 200,
      durationSeconds: 60,
      shape: 'steady',
      p99Ms: 100,
    });
  });

  it('take what is said', () => {
    const settings = readSettings({ BASE_URL: 'http://shop:8080/', RATE: '1000', SHAPE: 'flash' });
    assert.equal(settings.baseUrl, 'http://shop:8080');
    assert.equal(settings.ratePerSecond, 1_000);
    assert.equal(settings.shape, 'flash');
  });

  it('refuse what makes no sense, by the name of its variable', () => {
    assert.throws(() => readSettings({ RATE: '10k' }), /^Error: RATE must be/);
    assert.throws(() => readSettings({ RATE: '0' }), /^Error: RATE must be/);
    assert.throws(() => readSettings({ PRODUCTS: '' }), /^Error: PRODUCTS must be/);
    assert.throws(() => readSettings({ SHAPE: 'spiky' }), /^Error: SHAPE must be one of steady, flash/);
  });
});

describe('the thresholds of a load run', () => {
  it('hold the p99, every answer, and that the load was really sent', () => {
    const thresholds = underLoad({ p99Ms: 25, ratePerSecond: 1_000 });
    assert.deepEqual(thresholds['http_req_duration{kind:product}'], ['p(99)<25']);
    assert.deepEqual(thresholds['checks'], ['rate==1']);
    assert.deepEqual(thresholds['http_req_failed'], ['rate==0']);
    assert.deepEqual(thresholds['dropped_iterations'], ['rate<1']);
  });
});
