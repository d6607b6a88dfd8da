import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram, Registry, register } from 'prom-client';
import { BoundHistogram, PendingCount } from '#src/libs/metrics/src/bound-metrics';

const OPTIONS = { name: 'a_seconds', help: 'h', buckets: [0.001, 0.01, 1] };
const observation = fc.record({
  method: fc.constantFrom('GET', 'HEAD'),
  value: fc.oneof(fc.constantFrom(0, ...OPTIONS.buckets, 1.5), fc.double({ min: 0, max: 2, noNaN: true })),
});

describe('a histogram with bound labels', () => {
  it('shows line for line what prom-client’s own shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { minLength: 1 }), async (observations) => {
        register.clear();
        const own = BoundHistogram.named(OPTIONS);
        const theirs = new Registry();
        const reference = new Histogram({ ...OPTIONS, labelNames: ['method'], registers: [theirs] });
        for (const { method, value } of observations) {
          own.bind({ method }).observe(value);
          reference.observe({ method }, value);
        }
        assert.equal(await register.metrics(), await theirs.metrics());
        const [asJson] = await theirs.getMetricsAsJSON();
        assert.deepEqual(await own.get(), { ...asJson, values: (await own.get()).values });
      }),
    );
    register.clear();
  });

  it('is one for all who ask for its name', () => {
    register.clear();
    assert.equal(BoundHistogram.named(OPTIONS), BoundHistogram.named(OPTIONS));
    register.clear();
  });

  it('is reset on demand', async () => {
    register.clear();
    const histogram = BoundHistogram.named(OPTIONS);
    histogram.bind({ method: 'GET' }).observe(1);
    register.resetMetrics();
    assert.ok((await histogram.get()).values.every(({ value }) => value === 0));
    register.clear();
  });
});

describe('a pending count', () => {
  it('is handed over once', () => {
    const count = new PendingCount();
    for (let n = 0; n < 5; n += 1) count.add();
    assert.deepEqual([count.take(), count.take()], [5, 0]);
  });
});
