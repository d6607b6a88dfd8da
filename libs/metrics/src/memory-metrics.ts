import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { CacheEvents } from '#libs/cache/events';

const BYTES = 'cache_l1_bytes';
const ENTRIES = 'cache_l1_entries';

export const memoryMetricProviders = [
  makeGaugeProvider({ name: BYTES, help: 'Accounted size of the in-process tier.', aggregator: 'sum' }),
  makeGaugeProvider({ name: ENTRIES, help: 'Entries in the in-process tier.', aggregator: 'sum' }),
];

/** Shows how full the in-process tier is. */
@Injectable()
export class MemoryMetrics {
  constructor(@InjectMetric(BYTES) bytes: Gauge, @InjectMetric(ENTRIES) entries: Gauge, events: CacheEvents) {
    bytes.set(0);
    entries.set(0);
    events.on('size', (size) => {
      bytes.set(size.bytes);
      entries.set(size.entries);
    });
  }
}
