import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { CacheEvents, type TierName } from '#libs/cache/events';

const HITS = 'cache_hits_total';
const MISSES = 'cache_misses_total';
const COALESCED = 'cache_coalesced_total';

export const cacheMetricProviders = [
  makeCounterProvider({ name: HITS, help: 'Reads that a tier answered.', labelNames: ['cache_type'] }),
  makeCounterProvider({
    name: MISSES,
    help: 'Reads that a tier could not answer.',
    labelNames: ['cache_type'],
  }),
  makeCounterProvider({ name: COALESCED, help: 'Reads that joined a load under way in this process.' }),
];

const TIERS: readonly TierName[] = ['l1', 'redis'];

@Injectable()
export class CacheMetrics {
  constructor(
    @InjectMetric(HITS) hits: Counter<'cache_type'>,
    @InjectMetric(MISSES) misses: Counter<'cache_type'>,
    @InjectMetric(COALESCED) coalesced: Counter,
    events: CacheEvents,
  ) {
    // From the first scrape on, so that a rate over a fresh process has something to start from.
    for (const tier of TIERS) {
      hits.inc({ cache_type: tier }, 0);
      misses.inc({ cache_type: tier }, 0);
    }
    events.on('hit', (tier) => hits.inc({ cache_type: tier }));
    events.on('miss', (tier) => misses.inc({ cache_type: tier }));
    events.on('coalesced', () => coalesced.inc());
  }
}
