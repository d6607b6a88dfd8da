import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { HttpEvents } from '#libs/http/events';

const LATENCY = 'api_request_latency_seconds';
const ERRORS = 'api_errors_total';

/** From a hit in memory, well under a millisecond, to the longest that a request may take. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const httpMetricProviders = [
  makeHistogramProvider({
    name: LATENCY,
    help: 'Time from a request’s arrival to the end of its answer.',
    labelNames: ['endpoint', 'method'],
    buckets: BUCKETS_SECONDS,
  }),
  makeCounterProvider({
    name: ERRORS,
    help: 'Answers with a status of 400 or more.',
    labelNames: ['endpoint', 'status_code'],
  }),
];

@Injectable()
export class HttpMetrics {
  constructor(
    @InjectMetric(LATENCY) latency: Histogram<'endpoint' | 'method'>,
    @InjectMetric(ERRORS) errors: Counter<'endpoint' | 'status_code'>,
    events: HttpEvents,
  ) {
    events.on('answered', ({ endpoint, method, status, seconds }) => {
      latency.observe({ endpoint, method }, seconds);
      if (status >= 400) errors.inc({ endpoint, status_code: String(status) });
    });
  }
}
