import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram, Registry, register } from 'prom-client';
import { PendingTiers } from '#src/libs/metrics/src/cache-metrics';
import { BoundHistogram } from '#src/libs/metrics/src/latency-metrics';

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

describe('what is counted between two scrapes', () => {
  it('is handed over once', () => {
    const pending = new PendingTiers();
    for (let n = 0; n < 5; n += 1) pending.add('l1');
    const handed: unknown[] = [];
    const counter = { inc: (...increment: unknown[]) => handed.push(increment) };
    pending.handTo(counter);
    pending.handTo(counter);
    assert.deepEqual(
      handed,
      [5, 0, 0, 0].map((count, n) => [{ cache_type: n % 2 === 0 ? 'l1' : 'redis' }, count]),
    );
  });
});
