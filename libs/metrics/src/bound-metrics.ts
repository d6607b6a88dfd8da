import { type Metric, type MetricValue, register } from 'prom-client';

/** The labels of a series, by name. */
export type Labels = Readonly<Record<string, string>>;

/** One observation of a bucket that belongs to a trace. */
export interface Exemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** Unix time in seconds. */
  readonly timestamp: number;
}

/** One series of a histogram: observing costs a comparison or two and three additions. */
export class BoundSeries {
  /** Not cumulative; the last one is for what is beyond all bounds. */
  private readonly counts: Float64Array;
  /** By bucket, the latest of each; empty without traces. */
  private readonly exemplars = new Map<number, Exemplar>();
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
    const { counts } = this;
    const at = this.bucketOf(value);
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }

  /**
   * Names the trace of an observation, which is counted by `observe`.
   *
   * @param nowMs Unix time in milliseconds
   */
  exemplify(value: number, traceId: string, nowMs: number): void {
    this.exemplars.set(this.bucketOf(value), {
      labelSet: { trace_id: traceId },
      value,
      timestamp: nowMs / 1_000,
    });
  }

  private bucketOf(value: number): number {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    return at;
  }

  reset(): void {
    this.counts.fill(0);
    this.exemplars.clear();
    this.sum = 0;
    this.count = 0;
  }

  /** As Prometheus wants a histogram: buckets that count everything up to their bounds, the sum, the number. */
  values(): SeriesValue[] {
    let below = 0;
    const buckets = [...this.bounds, '+Inf'].map((le, at) => {
      below += this.counts[at] ?? 0;
      const exemplar = this.exemplars.get(at);
      return {
        metricName: `${this.name}_bucket`,
        labels: { le, ...this.labels },
        value: below,
        ...(exemplar !== undefined && { exemplar }),
      };
    });
    const { name, labels, sum, count } = this;
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: count },
    ];
  }
}

/** `metricName`: of a series whose name is not its metric's, as `_bucket`. */
export type SeriesValue = MetricValue<string> & {
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
};

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

/**
 * A count between two scrapes. prom-client looks the labels up at each increment, which costs more than the hit that is
 * counted; so what happens all the time is added up here, and handed over when someone asks.
 */
export class PendingCount {
  private count = 0;

  add(): void {
    this.count += 1;
  }

  /** What came together since the last time. */
  take(): number {
    const { count } = this;
    this.count = 0;
    return count;
  }
}
