import { Injectable } from '@nestjs/common';
import { getToken, InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, type Metric, register } from 'prom-client';
import { type AnsweredRoute, HttpEvents } from '#libs/http/events';
import { RedisEvents } from '#libs/redis/events';
import { TraceEvents } from '#libs/tracing/events';
import type { Exemplar, Labels, SeriesValue } from './open-metrics.js';

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

/** One series of a histogram: observing costs a comparison or two and three additions. */
class BoundSeries {
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

const makeBoundHistogramProvider = (options: BoundHistogramOptions) => ({
  provide: getToken(options.name),
  useFactory: () => BoundHistogram.named(options),
});

const LATENCY = 'api_request_latency_seconds';
const ERRORS = 'api_errors_total';
const RESPONSES = 'api_responses_total';
const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Answers by the first digit of their status since the last scrape: an addition for each. */
class PendingResponses {
  private readonly counts = new Float64Array(10);

  add(status: number): void {
    const digit = Math.trunc(status / 100);
    this.counts[digit] = (this.counts[digit] ?? 0) + 1;
  }

  handTo(counter: Counter): void {
    for (const [n, status_class] of STATUS_CLASSES.entries())
      counter.inc({ status_class }, this.counts[n + 1]);
    this.counts.fill(0);
  }
}

/** From a hit in L1, which takes some ten microseconds, to the longest that a request may take. */
const BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Counters of these begin at 0: a rate does not see the first increase of a series that was not there. */
const OWN_ERRORS = ['500', '503'];

const httpMetricProviders = [
  PendingResponses,
  makeCounterProvider({
    name: RESPONSES,
    help: 'Answers by the class of their status.',
    labelNames: ['status_class'],
    inject: [PendingResponses],
    collect(this: Counter, counts: PendingResponses) {
      counts.handTo(this);
    },
  }),
  makeBoundHistogramProvider({
    name: LATENCY,
    help: 'Time in seconds from the arrival of a request to the end of its answer.',
    buckets: BUCKETS_SECONDS,
  }),
  makeCounterProvider({
    name: ERRORS,
    help: 'Answers with a status of 400 or more.',
    labelNames: ['endpoint', 'status_code'],
  }),
];

@Injectable()
class HttpMetrics {
  private readonly series = new Map<AnsweredRoute, BoundSeries>();

  constructor(
    @InjectMetric(LATENCY) private readonly latency: BoundHistogram,
    @InjectMetric(ERRORS) errors: Counter<'endpoint' | 'status_code'>,
    responses: PendingResponses,
    events: HttpEvents,
    traces: TraceEvents,
  ) {
    // Only while traces are on, and only of requests that are sampled.
    traces.onAnswered((endpoint, method, seconds, traceId) => {
      this.seriesOf(events.route(endpoint, method)).exemplify(seconds, traceId, Date.now());
    });
    events.onEndpoint((endpoint) => {
      for (const status_code of OWN_ERRORS) errors.inc({ endpoint, status_code }, 0);
    });
    events.onAnswered((route, status, seconds) => {
      this.seriesOf(route).observe(seconds);
      responses.add(status);
      if (status >= 400) errors.inc({ endpoint: route.endpoint, status_code: String(status) });
    });
  }

  private seriesOf(route: AnsweredRoute): BoundSeries {
    let series = this.series.get(route);
    if (series === undefined) {
      series = this.latency.bind({ endpoint: route.endpoint, method: route.method });
      this.series.set(route, series);
    }
    return series;
  }
}

const COMMANDS = 'redis_command_seconds';
const COMMAND_BUCKETS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

const redisMetricProviders = [
  makeBoundHistogramProvider({
    name: COMMANDS,
    help: 'Time in seconds from a Redis command to its outcome, its wait in the pipeline included.',
    buckets: COMMAND_BUCKETS_SECONDS,
  }),
];

/** How fast Redis answers. */
@Injectable()
class RedisMetrics {
  constructor(@InjectMetric(COMMANDS) seconds: BoundHistogram, events: RedisEvents) {
    const series = {
      answered: seconds.bind({ outcome: 'answered' }),
      failed: seconds.bind({ outcome: 'failed' }),
    };
    events.onCommand.push((outcome, took) => series[outcome].observe(took));
  }
}

export const latencyMetrics = [...httpMetricProviders, HttpMetrics, ...redisMetricProviders, RedisMetrics];
