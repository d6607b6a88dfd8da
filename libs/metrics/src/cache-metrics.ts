import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import {
  CacheEvents,
  LEASE_OUTCOMES,
  LOAD_OUTCOMES,
  REFRESH_OUTCOMES,
  REVALIDATION_OUTCOMES,
  TIERS,
  type TierName,
  UNUSABLE_REASONS,
} from '#libs/cache/events';

const HITS = 'cache_hits_total';
const MISSES = 'cache_misses_total';
const STALE = 'cache_stale_served_total';
const COALESCED = 'cache_coalesced_total';
const LEASES = 'cache_leases_total';
const LOADS = 'cache_load_seconds';
const REFRESHES = 'cache_refreshes_total';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * What happened at each tier between two scrapes. prom-client looks the labels up at each increment, which costs more than the
 * hit that is counted; so what happens all the time is added up here, and handed over when someone asks.
 */
export class PendingTiers {
  private readonly counts = { l1: 0, redis: 0 };

  add(tier: TierName): void {
    this.counts[tier] += 1;
  }

  handTo(counter: Pick<Counter, 'inc'>): void {
    for (const tier of TIERS) {
      counter.inc({ cache_type: tier }, this.counts[tier]);
      this.counts[tier] = 0;
    }
  }
}

class PendingHits extends PendingTiers {}
class PendingMisses extends PendingTiers {}
class PendingStale extends PendingTiers {}

const tierLabel = ['cache_type'];
type Pending = typeof PendingHits | typeof PendingMisses | typeof PendingStale;
const pendingTierCounter = (name: string, help: string, pending: Pending) =>
  makeCounterProvider({
    name,
    help,
    labelNames: tierLabel,
    inject: [pending],
    collect(this: Counter, counts: PendingTiers) {
      counts.handTo(this);
    },
  });

const cacheMetricProviders = [
  PendingHits,
  PendingMisses,
  PendingStale,
  pendingTierCounter(HITS, 'Reads that a tier answered.', PendingHits),
  pendingTierCounter(MISSES, 'Reads that a tier could not answer.', PendingMisses),
  pendingTierCounter(
    STALE,
    'Answers of a tier that were stale: past their fresh time, or not verified.',
    PendingStale,
  ),
  makeCounterProvider({
    name: COALESCED,
    help: 'Reads that joined a read of the same key under way in the same process.',
  }),
  makeCounterProvider({ name: LEASES, help: 'Attempts to get or use a lease.', labelNames: ['outcome'] }),
  makeCounterProvider({
    name: REFRESHES,
    help: 'Refreshes of stale entries in the background.',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: LOADS,
    help: 'Time in seconds of a load from the origin.',
    labelNames: ['outcome'],
    buckets: BUCKETS_SECONDS,
  }),
];

/** Counts the events of the cache. */
@Injectable()
class CacheMetrics {
  constructor(
    @InjectMetric(COALESCED) coalesced: Counter,
    @InjectMetric(LEASES) leases: Counter<'outcome'>,
    @InjectMetric(REFRESHES) refreshes: Counter<'outcome'>,
    @InjectMetric(LOADS) loads: Histogram<'outcome'>,
    pendingHits: PendingHits,
    pendingMisses: PendingMisses,
    pendingStale: PendingStale,
    events: CacheEvents,
  ) {
    for (const outcome of LEASE_OUTCOMES) leases.inc({ outcome }, 0);
    for (const outcome of REFRESH_OUTCOMES) refreshes.inc({ outcome }, 0);
    for (const outcome of LOAD_OUTCOMES) loads.zero({ outcome });
    events.on('hit', (tier) => pendingHits.add(tier));
    events.on('miss', (tier) => pendingMisses.add(tier));
    events.on('stale', (tier) => pendingStale.add(tier));
    events.on('coalesced', () => coalesced.inc());
    events.on('lease', (outcome) => leases.inc({ outcome }));
    events.on('refresh', (outcome) => refreshes.inc({ outcome }));
    events.on('load', (outcome, seconds) => loads.observe({ outcome }, seconds));
  }
}

const BYTES = 'cache_l1_bytes';
const ENTRIES = 'cache_l1_entries';

const l1MetricProviders = [
  makeGaugeProvider({ name: BYTES, help: 'Size of L1 in bytes, overhead included.', aggregator: 'sum' }),
  makeGaugeProvider({ name: ENTRIES, help: 'Entries in L1.', aggregator: 'sum' }),
];

/** Shows how full the in-process tier is. */
@Injectable()
class L1Metrics {
  constructor(@InjectMetric(BYTES) bytes: Gauge, @InjectMetric(ENTRIES) entries: Gauge, events: CacheEvents) {
    bytes.set(0);
    entries.set(0);
    events.on('size', (size) => {
      bytes.set(size.bytes);
      entries.set(size.entries);
    });
  }
}

const SYNCED = 'cache_tracking_synced';
const TRUSTED = 'cache_redis_trusted';
const INVALIDATIONS = 'cache_invalidations_total';
const REVALIDATIONS = 'cache_revalidations_total';
const UNUSABLE = 'cache_unusable_changes_total';

const trackingMetricProviders = [
  // Of several workers: 1 while it is so in all of them.
  makeGaugeProvider({
    name: SYNCED,
    help: '1 while the tracking link delivers invalidations to L1; absent without Redis.',
    aggregator: 'min',
  }),
  makeGaugeProvider({
    name: TRUSTED,
    help: '1 while L2 is trusted to have every committed change; absent without Redis.',
    aggregator: 'min',
  }),
  makeCounterProvider({ name: INVALIDATIONS, help: 'Keys of invalidations that were received.' }),
  makeCounterProvider({
    name: REVALIDATIONS,
    help: 'Suspect L1 entries that were compared with L2 by version.',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: UNUSABLE,
    help: 'Changes of the outbox that no tier can apply; the log names each.',
    labelNames: ['reason'],
  }),
];

/** Shows whether memory is in step with Redis, and Redis with Postgres. */
@Injectable()
class TrackingMetrics {
  constructor(
    @InjectMetric(SYNCED) synced: Gauge,
    @InjectMetric(TRUSTED) trusted: Gauge,
    @InjectMetric(INVALIDATIONS) invalidations: Counter,
    @InjectMetric(REVALIDATIONS) revalidations: Counter<'outcome'>,
    @InjectMetric(UNUSABLE) unusable: Counter<'reason'>,
    events: CacheEvents,
  ) {
    for (const reason of UNUSABLE_REASONS) unusable.inc({ reason }, 0);
    for (const outcome of REVALIDATION_OUTCOMES) revalidations.inc({ outcome }, 0);
    events.on('unusable-change', (reason) => unusable.inc({ reason }));
    // Without a Redis neither is emitted, and neither is shown: 0 would say that something is wrong.
    synced.remove();
    trusted.remove();
    events.on('tracking', (isSynced) => synced.set(isSynced ? 1 : 0));
    events.on('l2-trust', (state) => trusted.set(state === 'trusted' ? 1 : 0));
    events.on('invalidated', (keys) => invalidations.inc(keys.length));
    events.on('revalidated', (outcome) => revalidations.inc({ outcome }));
  }
}

export const cacheMetrics = [
  ...cacheMetricProviders,
  CacheMetrics,
  ...l1MetricProviders,
  L1Metrics,
  ...trackingMetricProviders,
  TrackingMetrics,
];
