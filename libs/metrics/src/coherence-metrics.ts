import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { CoherenceEvents } from '#libs/coherence/events';

const LEADING = 'outbox_relay_leading';
const APPLIED = 'outbox_applied_total';
const DEPTH = 'outbox_depth_rows';
const LAG = 'outbox_lag_seconds';
const COMPARED = 'cache_consistency_checks_total';
const BEHIND = 'cache_behind_seconds';

const BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const coherenceMetricProviders = [
  makeGaugeProvider({
    name: LEADING,
    help: '1 in the process that leads the relay, 0 in the others.',
    aggregator: 'max',
  }),
  makeCounterProvider({
    name: APPLIED,
    help: 'Changes that this process took from the outbox into the tiers.',
  }),
  // All workers see the same outbox.
  makeGaugeProvider({
    name: DEPTH,
    help: 'Committed changes that Redis has not been told of.',
    aggregator: 'max',
  }),
  makeGaugeProvider({
    name: LAG,
    help: 'Age of the oldest of them; 0 where there are none.',
    aggregator: 'max',
  }),
  makeCounterProvider({ name: COMPARED, help: 'Sampled keys whose versions were compared in all tiers.' }),
  makeHistogramProvider({
    name: BEHIND,
    help: 'How long a tier was seen to be behind Postgres, for the sampled keys where it was.',
    labelNames: ['cache_type'],
    buckets: BUCKETS_SECONDS,
  }),
];

@Injectable()
export class CoherenceMetrics {
  constructor(
    @InjectMetric(LEADING) leading: Gauge,
    @InjectMetric(APPLIED) applied: Counter,
    @InjectMetric(DEPTH) depth: Gauge,
    @InjectMetric(LAG) lag: Gauge,
    @InjectMetric(COMPARED) compared: Counter,
    @InjectMetric(BEHIND) behind: Histogram<'cache_type'>,
    events: CoherenceEvents,
  ) {
    leading.set(0);
    events.on('leading', (leads) => leading.set(leads ? 1 : 0));
    events.on('applied', (count) => applied.inc(count));
    events.on('outbox', ({ rows, oldestSeconds }) => {
      depth.set(rows);
      lag.set(oldestSeconds);
    });
    events.on('compared', ({ l1BehindMs, redisBehindMs }) => {
      compared.inc();
      if (l1BehindMs > 0) behind.observe({ cache_type: 'l1' }, l1BehindMs / 1_000);
      if (redisBehindMs > 0) behind.observe({ cache_type: 'redis' }, redisBehindMs / 1_000);
    });
  }
}
