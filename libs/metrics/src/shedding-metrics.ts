import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { CacheEvents } from '#libs/cache/events';
import { HttpEvents } from '#libs/http/events';

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
  makeGaugeProvider({ name: UNDER_WAY, help: 'Loads from the source that are under way.' }),
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
