import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOf } from '../../../k6/lib/plan.ts';
import { readSettings } from '../../../k6/lib/settings.ts';
import { rateAt, requestsOf, SHAPES, secondsOf } from '../../../k6/lib/shapes.ts';
import { boundsFor, merged, THRESHOLDS } from '../../../k6/lib/thresholds.ts';

const read = (environment: Record<string, string>) =>
  readSettings(environment, { rate: 200, duration: '1m' });

describe('the settings of a load run', () => {
  const DEFAULTS = {
    baseUrl: 'http://127.0.0.1:3000',
    metricsUrl: 'http://127.0.0.1:3000',
    rate: 200,
    seconds: 60,
    products: 10_000,
    apiKey: undefined,
    profile: 'quiet',
    results: undefined,
    against: undefined,
  };

  it('fit the catalogue that npm start seeds if nothing is set, or set to nothing', () => {
    assert.deepEqual(read({}), DEFAULTS);
    assert.deepEqual(read({ BASE_URL: '', RATE: '', API_KEY: '', PROFILE: '' }), DEFAULTS);
  });

  it('take what is set', () => {
    const settings = read({
      BASE_URL: 'http://shop:8080/',
      RATE: '1000',
      DURATION: '90s',
      PRODUCTS: '50',
      API_KEY: 'hs_x',
      PROFILE: 'shared',
    });
    assert.equal(settings.baseUrl, 'http://shop:8080');
    assert.equal(settings.rate, 1_000);
    assert.equal(settings.seconds, 90);
    assert.equal(settings.products, 50);
    assert.equal(settings.apiKey, 'hs_x');
    assert.equal(settings.profile, 'shared');
    assert.equal(read({ DURATION: '1h' }).seconds, 3_600);
    assert.equal(read({ BASE_URL: 'https://[::1]:3000' }).baseUrl, 'https://[::1]:3000');
  });

  it('name the variable, its rule and its default if a value breaks it', () => {
    assert.throws(() => read({ RATE: '10k' }), {
      message: "RATE must be a whole number from 1 to 1000000; it is '10k'. Default: 200.",
    });
    assert.throws(() => read({ PROFILE: 'loud' }), {
      message: "PROFILE must be one of quiet, shared; it is 'loud'. Default: quiet.",
    });
    for (const [name, values] of [
      ['RATE', ['0', '-1', '1.5', '1000001']],
      ['PRODUCTS', ['0', 'all']],
      ['DURATION', ['60', '0s', '25h', '1m30s', '-1s']],
      ['BASE_URL', ['shop:3000', 'ftp://shop', 'http://shop/api', 'http://shop?x=1']],
      ['API_KEY', ['two words', 'ключ']],
    ] as const) {
      for (const value of values) {
        assert.throws(
          () => read({ [name]: value }),
          new RegExp(`^Error: ${name} must be `),
          `${name}=${value}`,
        );
      }
    }
  });

  it('do not show a key that breaks its rule', () => {
    assert.throws(
      () => read({ API_KEY: 'my secret' }),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('the shapes of a load', () => {
  it('have the length and the height that were asked for', () => {
    for (const [name, shape] of Object.entries(SHAPES)) {
      const made = shape(1_000, 60);
      assert.ok(Math.abs(secondsOf(made) - 60) < 1e-9, name);
      assert.equal(Math.max(made.startRate, ...made.stages.map(({ rate }) => rate)), 1_000, name);
      assert.equal(rateAt(made, 0), made.startRate, name);
      assert.equal(rateAt(made, 60), 0, name);
      assert.equal(rateAt(made, -1), 0, name);
    }
  });

  it('rise tenfold within a second in a spike, and come back', () => {
    const spike = SHAPES.spike(1_000, 32);
    assert.equal(rateAt(spike, 9.9), 100);
    assert.ok(Math.abs(rateAt(spike, 10.5) - 550) < 1e-9);
    assert.equal(rateAt(spike, 15), 1_000);
    assert.equal(rateAt(spike, 31), 100);
  });

  it('know how many requests they ask for', () => {
    assert.equal(requestsOf(SHAPES.constant(100, 10)), 1_000);
    assert.equal(requestsOf(SHAPES.climb(1_000, 10)), 5_500);
  });
});

describe('the thresholds of a load run', () => {
  it('bound product reads to 25 ms and 100 ms, and loosen times alone on a shared machine', () => {
    const quiet = THRESHOLDS.productTimes({ profile: 'quiet' });
    assert.deepEqual(quiet, { 'http_req_duration{part:measured,kind:product}': ['p(99)<25', 'p(99.9)<100'] });
    assert.deepEqual(boundsFor({ profile: 'shared' }), { p99: 250, p999: 1_000 });
    assert.deepEqual(THRESHOLDS.answered(), { 'http_req_failed{part:measured}': ['rate<0.0001'] });
  });

  it('fail a run with one dropped arrival, in any part', () => {
    const shape = SHAPES.constant(1, 1);
    const plan = planOf('two', [
      { name: 'a', exec: 'x', shape },
      { name: 'b', exec: 'x', shape },
    ]);
    assert.deepEqual(THRESHOLDS.sent(plan), {
      'dropped_iterations{scenario:a}': ['count==0'],
      'dropped_iterations{scenario:b}': ['count==0'],
    });
  });

  it('are never merged in a way that loses one', () => {
    assert.throws(
      () => merged(THRESHOLDS.right(), THRESHOLDS.faultless()),
      /^Error: Two thresholds for checks/,
    );
  });
});
