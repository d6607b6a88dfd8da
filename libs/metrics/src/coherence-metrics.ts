import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { CoherenceEvents, EPOCH_REASONS } from '#libs/coherence/events';

const LEADING = 'outbox_relay_leading';
const ELECTIONS = 'outbox_relay_elections_total';
const APPLIED = 'outbox_applied_total';
const DEPTH = 'outbox_depth_rows';
const LAG = 'outbox_lag_seconds';
const INVALIDATION_LAG = 'cache_invalidation_lag_seconds';
const COMPARED = 'cache_consistency_checks_total';
const BEHIND = 'cache_behind_seconds';
const EPOCHS = 'coherence_epochs_total';

/** From a write of this process's own to a relay that has a backlog. */
const LAG_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const coherenceMetricProviders = [
  makeGaugeProvider({
    name: LEADING,
    help: '1 if a process leads the relay, 0 if not.',
    aggregator: 'max',
  }),
  makeCounterProvider({ name: ELECTIONS, help: 'Times that a process became the leader of the relay.' }),
  makeCounterProvider({
    name: APPLIED,
    help: 'Changes that a process applied from the outbox to the tiers.',
  }),
  // All workers see the same outbox.
  makeGaugeProvider({
    name: DEPTH,
    help: 'Committed changes that are not applied to Redis yet, in rows of the outbox, counted up to 10,000, estimated beyond.',
    aggregator: 'max',
  }),
  makeGaugeProvider({
    name: LAG,
    help: 'Age in seconds of the oldest change that is not applied to Redis yet; 0 if there is none.',
    aggregator: 'max',
  }),
  makeHistogramProvider({
    name: INVALIDATION_LAG,
    help: 'Time in seconds from the recording of a change in Postgres until a process received its invalidation, of sampled changes.',
    buckets: LAG_BUCKETS_SECONDS,
  }),
  makeCounterProvider({ name: COMPARED, help: 'Sampled keys whose versions were compared in all tiers.' }),
  makeHistogramProvider({
    name: BEHIND,
    help: 'Time in seconds for which a tier was behind Postgres, for the sampled keys for which it was.',
    labelNames: ['cache_type'],
    buckets: BUCKETS_SECONDS,
  }),
  makeCounterProvider({
    name: EPOCHS,
    help: 'Times that a process emptied its caches, or began to compare all of its entries, by reason.',
    labelNames: ['reason'],
  }),
];

@Injectable()
class CoherenceMetrics {
  constructor(
    @InjectMetric(LEADING) leading: Gauge,
    @InjectMetric(ELECTIONS) elections: Counter,
    @InjectMetric(APPLIED) applied: Counter,
    @InjectMetric(DEPTH) depth: Gauge,
    @InjectMetric(LAG) lag: Gauge,
    @InjectMetric(INVALIDATION_LAG) invalidationLag: Histogram,
    @InjectMetric(COMPARED) compared: Counter,
    @InjectMetric(BEHIND) behind: Histogram<'cache_type'>,
    @InjectMetric(EPOCHS) epochs: Counter<'reason'>,
    events: CoherenceEvents,
  ) {
    leading.set(0);
    for (const cache_type of ['l1', 'redis']) behind.zero({ cache_type });
    for (const reason of EPOCH_REASONS) epochs.inc({ reason }, 0);
    events.on('epoch', (reason) => epochs.inc({ reason }));
    events.on('leading', (leads) => {
      leading.set(leads ? 1 : 0);
      if (leads) elections.inc();
    });
    events.on('applied', (count) => applied.inc(count));
    events.on('outbox', ({ rows, oldestSeconds }) => {
      depth.set(rows);
      lag.set(oldestSeconds);
    });
    events.on('lag', (seconds) => invalidationLag.observe(seconds));
    events.on('compared', ({ l1BehindMs, redisBehindMs }) => {
      compared.inc();
      if (l1BehindMs > 0) behind.observe({ cache_type: 'l1' }, l1BehindMs / 1_000);
      if (redisBehindMs > 0) behind.observe({ cache_type: 'redis' }, redisBehindMs / 1_000);
    });
  }
}

export const coherenceMetrics = [...coherenceMetricProviders, CoherenceMetrics];
