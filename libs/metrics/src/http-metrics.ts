import { Injectable } from '@nestjs/common';
import { getToken, InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { CacheEvents } from '#libs/cache/events';
import { type AnsweredRoute, HttpEvents } from '#libs/http/events';
import { TraceEvents } from '#libs/tracing/events';
import { BoundHistogram, type BoundSeries } from './bound-metrics.js';

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

export const httpMetricProviders = [
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
  {
    provide: getToken(LATENCY),
    useFactory: () =>
      BoundHistogram.named({
        name: LATENCY,
        help: 'Time in seconds from the arrival of a request to the end of its answer.',
        buckets: BUCKETS_SECONDS,
      }),
  },
  makeCounterProvider({
    name: ERRORS,
    help: 'Answers with a status of 400 or more.',
    labelNames: ['endpoint', 'status_code'],
  }),
];

@Injectable()
export class HttpMetrics {
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
    return this.series.get(route) ?? this.bind(route);
  }

  private bind(route: AnsweredRoute): BoundSeries {
    const series = this.latency.bind({ endpoint: route.endpoint, method: route.method });
    this.series.set(route, series);
    return series;
  }
}

const SHED = 'shed_requests_total';
const LIMIT = 'cache_load_limit';
const UNDER_WAY = 'cache_loads_under_way';

const REASONS = ['pressure', 'pipelining', 'load-limit', 'read-timeout'] as const;

export const sheddingMetricProviders = [
  makeCounterProvider({
    name: SHED,
    help: 'Requests refused because they could not be answered in time.',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({ name: LIMIT, help: 'Loads that may be under way at once, as found by trying.' }),
  makeGaugeProvider({ name: UNDER_WAY, help: 'Loads from the origin that are under way.' }),
];

/** Shows what is refused under overload, and the limit that loads are under. */
@Injectable()
export class SheddingMetrics {
  constructor(
    @InjectMetric(SHED) shed: Counter<'reason'>,
    @InjectMetric(LIMIT) limitGauge: Gauge,
    @InjectMetric(UNDER_WAY) underWayGauge: Gauge,
    cache: CacheEvents,
    http: HttpEvents,
  ) {
    for (const reason of REASONS) shed.inc({ reason }, 0);
    cache.on('shed', (reason) => shed.inc({ reason }));
    http.onShed((reason) => shed.inc({ reason }));
    cache.on('load-limit', ({ limit, underWay }) => {
      limitGauge.set(limit);
      underWayGauge.set(underWay);
    });
  }
}
