import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { CoherenceEvents } from '#libs/coherence/events';

const LEADING = 'outbox_relay_leading';
const APPLIED = 'outbox_applied_total';

export const coherenceMetricProviders = [
  makeGaugeProvider({ name: LEADING, help: '1 in the process that leads the relay, 0 in the others.' }),
  makeCounterProvider({
    name: APPLIED,
    help: 'Changes that this process took from the outbox into the tiers.',
  }),
];

@Injectable()
export class CoherenceMetrics {
  constructor(
    @InjectMetric(LEADING) leading: Gauge,
    @InjectMetric(APPLIED) applied: Counter,
    events: CoherenceEvents,
  ) {
    leading.set(0);
    events.on('leading', (leads) => leading.set(leads ? 1 : 0));
    events.on('applied', (count) => applied.inc(count));
  }
}
