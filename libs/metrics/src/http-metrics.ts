import { Injectable } from '@nestjs/common';
import { getToken, InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { type AnsweredRoute, HttpEvents } from '#libs/http/events';
import { BoundHistogram } from './prom/bound-histogram.js';
import type { BoundSeries } from './prom/bound-series.js';

const LATENCY = 'api_request_latency_seconds';
const ERRORS = 'api_errors_total';

/** From a hit in memory, well under a millisecond, to the longest that a request may take. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const httpMetricProviders = [
  {
    provide: getToken(LATENCY),
    useFactory: () =>
      BoundHistogram.named({
        name: LATENCY,
        help: 'Time from a request’s arrival to the end of its answer.',
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
    events: HttpEvents,
  ) {
    events.onAnswered((route, status, seconds) => {
      const series = this.series.get(route) ?? this.bind(route);
      series.observe(seconds);
      if (status >= 400) errors.inc({ endpoint: route.endpoint, status_code: String(status) });
    });
  }

  private bind(route: AnsweredRoute): BoundSeries {
    const series = this.latency.bind({ endpoint: route.endpoint, method: route.method });
    this.series.set(route, series);
    return series;
  }
}
