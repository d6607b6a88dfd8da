import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { CacheEvents, type LeaseOutcome, type LoadOutcome, type TierName } from '#libs/cache/events';
import { PendingCount } from './prom/pending-count.js';

const HITS = 'cache_hits_total';
const MISSES = 'cache_misses_total';
const STALE = 'cache_stale_served_total';
const COALESCED = 'cache_coalesced_total';
const LEASES = 'cache_leases_total';
const LOADS = 'cache_load_seconds';
const REFRESHES = 'cache_refreshes_total';

const TIERS: readonly TierName[] = ['l1', 'redis'];
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What happened at each tier since the last scrape. */
class PendingTiers {
  private readonly counts = { l1: new PendingCount(), redis: new PendingCount() };

  add(tier: TierName): void {
    this.counts[tier].add();
  }

  handTo(counter: Counter): void {
    for (const tier of TIERS) counter.inc({ cache_type: tier }, this.counts[tier].take());
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

export const cacheMetricProviders = [
  PendingHits,
  PendingMisses,
  PendingStale,
  pendingTierCounter(HITS, 'Reads that a tier answered.', PendingHits),
  pendingTierCounter(MISSES, 'Reads that a tier could not answer.', PendingMisses),
  pendingTierCounter(STALE, 'Answers of a tier that were told as stale.', PendingStale),
  makeCounterProvider({ name: COALESCED, help: 'Reads that joined a read under way in this process.' }),
  makeCounterProvider({ name: LEASES, help: 'Attempts to get or use a lease.', labelNames: ['outcome'] }),
  makeCounterProvider({
    name: REFRESHES,
    help: 'Refreshes behind the readers’ backs.',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: LOADS,
    help: 'Time of a load from the source.',
    labelNames: ['outcome'],
    buckets: BUCKETS_SECONDS,
  }),
];

/** Counts what the cache tells. */
@Injectable()
export class CacheMetrics {
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
    events.on('hit', (tier) => pendingHits.add(tier));
    events.on('miss', (tier) => pendingMisses.add(tier));
    events.on('stale', (tier) => pendingStale.add(tier));
    events.on('coalesced', () => coalesced.inc());
    events.on('lease', (outcome: LeaseOutcome) => leases.inc({ outcome }));
    events.on('refresh', (outcome) => refreshes.inc({ outcome }));
    events.on('load', (outcome: LoadOutcome, seconds) => loads.observe({ outcome }, seconds));
  }
}
