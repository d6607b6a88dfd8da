import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { type BreakerState, type Dependency, ResilienceEvents } from '#libs/resilience/events';

const STATE = 'breaker_state';
const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];
const DEPENDENCIES: readonly Dependency[] = ['redis', 'postgres'];

export const breakerMetricProviders = [
  makeGaugeProvider({
    name: STATE,
    help: '1 for the state that the breaker of a dependency is in, 0 for the others.',
    labelNames: ['dependency', 'state'],
    // Of several workers: 1 for each state that any of them is in.
    aggregator: 'max',
  }),
];

@Injectable()
export class BreakerMetrics {
  constructor(
    @InjectMetric(STATE) private readonly gauge: Gauge<'dependency' | 'state'>,
    events: ResilienceEvents,
  ) {
    for (const dependency of DEPENDENCIES) this.show(dependency, 'closed');
    events.on('transition', ({ dependency, to }) => this.show(dependency, to));
  }

  private show(dependency: Dependency, current: BreakerState): void {
    for (const state of STATES) this.gauge.set({ dependency, state }, state === current ? 1 : 0);
  }
}
