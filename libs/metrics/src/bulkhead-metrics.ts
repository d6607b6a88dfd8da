import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { ResilienceEvents } from '#libs/resilience/events';

const RUNNING = 'bulkhead_running';
const WAITING = 'bulkhead_waiting';
const REJECTED = 'bulkhead_rejected_total';
const RETRIES = 'retries_total';

export const bulkheadMetricProviders = [
  makeGaugeProvider({ name: RUNNING, help: 'Calls that hold a place.', labelNames: ['dependency'] }),
  makeGaugeProvider({ name: WAITING, help: 'Calls that wait for a place.', labelNames: ['dependency'] }),
  makeCounterProvider({
    name: REJECTED,
    help: 'Calls that got no place.',
    labelNames: ['dependency', 'reason'],
  }),
  makeCounterProvider({
    name: RETRIES,
    help: 'Calls made again, and those that were not for want of budget.',
    labelNames: ['dependency', 'outcome'],
  }),
];

/** Shows how much of each dependency's bulkhead is in use, and what gets no place in it. */
@Injectable()
export class BulkheadMetrics {
  constructor(
    @InjectMetric(RUNNING) running: Gauge<'dependency'>,
    @InjectMetric(WAITING) waiting: Gauge<'dependency'>,
    @InjectMetric(REJECTED) rejected: Counter<'dependency' | 'reason'>,
    @InjectMetric(RETRIES) retries: Counter<'dependency' | 'outcome'>,
    events: ResilienceEvents,
  ) {
    const dependency = 'postgres';
    for (const reason of ['queue-full', 'waited-too-long']) rejected.inc({ dependency, reason }, 0);
    events.on('bulkhead', (use) => {
      running.set({ dependency: use.dependency }, use.running);
      waiting.set({ dependency: use.dependency }, use.waiting);
    });
    events.on('rejected', (dependency, reason) => rejected.inc({ dependency, reason }));
    events.on('retry', (dependency, outcome) => retries.inc({ dependency, outcome }));
  }
}
