import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { CacheEvents } from '#libs/cache/events';

const SYNCED = 'cache_tracking_synced';
const TRUSTED = 'cache_redis_trusted';
const INVALIDATIONS = 'cache_invalidations_total';
const REVALIDATIONS = 'cache_revalidations_total';

export const trackingMetricProviders = [
  // Of several workers: 1 while it is so in all of them.
  makeGaugeProvider({
    name: SYNCED,
    help: '1 while changes are told to this process’s memory.',
    aggregator: 'min',
  }),
  makeGaugeProvider({
    name: TRUSTED,
    help: '1 while Redis is believed to have every committed change.',
    aggregator: 'min',
  }),
  makeCounterProvider({ name: INVALIDATIONS, help: 'Keys of which Redis told that they changed.' }),
  makeCounterProvider({
    name: REVALIDATIONS,
    help: 'Entries in memory that were compared with Redis because something happened to their keys.',
    labelNames: ['outcome'],
  }),
];

/** Shows whether memory is in step with Redis, and Redis with Postgres. */
@Injectable()
export class TrackingMetrics {
  constructor(
    @InjectMetric(SYNCED) synced: Gauge,
    @InjectMetric(TRUSTED) trusted: Gauge,
    @InjectMetric(INVALIDATIONS) invalidations: Counter,
    @InjectMetric(REVALIDATIONS) revalidations: Counter<'outcome'>,
    events: CacheEvents,
  ) {
    synced.set(0);
    trusted.set(0);
    events.on('tracking', (isSynced) => synced.set(isSynced ? 1 : 0));
    events.on('shared-trust', (state) => trusted.set(state === 'trusted' ? 1 : 0));
    events.on('invalidated', (keys) => invalidations.inc(keys));
    events.on('revalidated', (outcome) => revalidations.inc({ outcome }));
  }
}
