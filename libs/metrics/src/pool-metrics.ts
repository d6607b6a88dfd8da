import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { DatabaseEvents } from '#libs/db/events';

const CONNECTIONS = 'database_pool_connections';
const WAITING = 'database_pool_waiting';

export const poolMetricProviders = [
  makeGaugeProvider({
    name: CONNECTIONS,
    help: 'Connections of the pool to Postgres, and how many of them are idle.',
    labelNames: ['state'],
  }),
  makeGaugeProvider({ name: WAITING, help: 'Who waits for a connection of the pool.' }),
];

/** Shows how full the pool of connections to Postgres is. */
@Injectable()
export class PoolMetrics {
  constructor(
    @InjectMetric(CONNECTIONS) connections: Gauge<'state'>,
    @InjectMetric(WAITING) waitingGauge: Gauge,
    events: DatabaseEvents,
  ) {
    events.on('pool', ({ total, idle, waiting }) => {
      connections.set({ state: 'total' }, total);
      connections.set({ state: 'idle' }, idle);
      waitingGauge.set(waiting);
    });
  }
}
