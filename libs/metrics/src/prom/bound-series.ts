import type { MetricValue } from 'prom-client';

/** The labels of a series, by name. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a histogram: observing costs a comparison or two and three additions. */
export class BoundSeries {
  /** Not cumulative; the last one is for what is beyond all bounds. */
  private readonly counts: Float64Array;
  private sum = 0;
  private count = 0;

  constructor(
    private readonly name: string,
    private readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
    this.count = 0;
  }

  /** As Prometheus wants a histogram: buckets that count everything up to their bounds, the sum, the number. */
  values(): SeriesValue[] {
    let below = 0;
    const buckets = [...this.bounds, '+Inf'].map((le, at) => {
      below += this.counts[at] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { le, ...this.labels }, value: below };
    });
    const { name, labels, sum, count } = this;
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: count },
    ];
  }
}

export type SeriesValue = MetricValue<string> & { readonly metricName: string };
