import { type Metric, register } from 'prom-client';
import { BoundSeries, type Labels } from './bound-series.js';

/** How a histogram is set up. */
export interface BoundHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/**
 * A histogram whose labels are looked up once for each series. prom-client's own sorts and hashes them at each observation,
 * also where they were bound before, and that costs more than the answer that is observed.
 */
export class BoundHistogram {
  readonly name: string;
  private readonly series = new Map<string, BoundSeries>();

  private constructor(private readonly options: BoundHistogramOptions) {
    this.name = options.name;
  }

  /** The histogram of that name: the registry is the process's, and two applications in one share their metrics. */
  static named(options: BoundHistogramOptions): BoundHistogram {
    const registered: unknown = register.getSingleMetric(options.name);
    if (registered instanceof BoundHistogram) return registered;
    const histogram = new BoundHistogram(options);
    // What a registry asks of a metric is its name, its values, and to forget them.
    register.registerMetric(histogram as unknown as Metric<string>);
    return histogram;
  }

  /** The series with these labels, which are always given in the same order. */
  bind(labels: Labels): BoundSeries {
    const id = JSON.stringify(labels);
    let series = this.series.get(id);
    if (series === undefined) {
      series = new BoundSeries(this.name, labels, this.options.buckets);
      this.series.set(id, series);
    }
    return series;
  }

  reset(): void {
    for (const series of this.series.values()) series.reset();
  }

  async get() {
    const values = [...this.series.values()].flatMap((series) => series.values());
    return { name: this.name, help: this.options.help, type: 'histogram', aggregator: 'sum', values };
  }
}
