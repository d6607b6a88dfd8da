import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { ResilienceEvents } from '#libs/resilience/events';

const RUNNING = 'bulkhead_running';
const WAITING = 'bulkhead_waiting';
const REJECTED = 'bulkhead_rejected_total';
const RETRIES = 'retries_total';

export const bulkheadMetricProviders = [
  makeGaugeProvider({ name: RUNNING, help: 'Calls that hold a place.', labelNames: ['bulkhead'] }),
  makeGaugeProvider({ name: WAITING, help: 'Calls that wait for a place.', labelNames: ['bulkhead'] }),
  makeCounterProvider({
    name: REJECTED,
    help: 'Calls that got no place.',
    labelNames: ['bulkhead', 'reason'],
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
    @InjectMetric(RUNNING) running: Gauge<'bulkhead'>,
    @InjectMetric(WAITING) waiting: Gauge<'bulkhead'>,
    @InjectMetric(REJECTED) rejected: Counter<'bulkhead' | 'reason'>,
    @InjectMetric(RETRIES) retries: Counter<'dependency' | 'outcome'>,
    events: ResilienceEvents,
  ) {
    for (const bulkhead of ['postgres', 'postgres-writes'])
      for (const reason of ['queue-full', 'waited-too-long']) rejected.inc({ bulkhead, reason }, 0);
    events.on('bulkhead', ({ bulkhead, ...use }) => {
      running.set({ bulkhead }, use.running);
      waiting.set({ bulkhead }, use.waiting);
    });
    events.on('rejected', (bulkhead, reason) => rejected.inc({ bulkhead, reason }));
    events.on('retry', (dependency, outcome) => retries.inc({ dependency, outcome }));
  }
}
