import { Injectable } from '@nestjs/common';
import { getToken, InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { DatabaseEvents, type StatementKind } from '#libs/db/events';
import { RedisEvents } from '#libs/redis/events';
import { type BreakerState, type Dependency, ResilienceEvents } from '#libs/resilience/events';
import { BoundHistogram } from './bound-metrics.js';

const STATE = 'breaker_state';
const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];
const DEPENDENCIES: readonly Dependency[] = ['redis', 'postgres'];

export const breakerMetricProviders = [
  makeGaugeProvider({
    name: STATE,
    help: '1 for the current state of the circuit breaker of a dependency, 0 for the other states.',
    labelNames: ['dependency', 'state'],
    // Of several workers: 1 for each state that any worker is in.
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

const RUNNING = 'bulkhead_running';
const WAITING = 'bulkhead_waiting';
const REJECTED = 'bulkhead_rejected_total';
const RETRIES = 'retries_total';

export const bulkheadMetricProviders = [
  makeGaugeProvider({
    name: RUNNING,
    help: 'Calls that hold a slot of the bulkhead.',
    labelNames: ['bulkhead'],
  }),
  makeGaugeProvider({
    name: WAITING,
    help: 'Calls that wait for a slot of the bulkhead.',
    labelNames: ['bulkhead'],
  }),
  makeCounterProvider({
    name: REJECTED,
    help: 'Calls rejected because the bulkhead and its queue were full.',
    labelNames: ['bulkhead', 'reason'],
  }),
  makeCounterProvider({
    name: RETRIES,
    help: 'Retries made, and retries skipped because the retry budget was used up.',
    labelNames: ['dependency', 'outcome'],
  }),
];

/** Use of each bulkhead, its rejections, and retries. */
@Injectable()
export class BulkheadMetrics {
  constructor(
    @InjectMetric(RUNNING) running: Gauge<'bulkhead'>,
    @InjectMetric(WAITING) waiting: Gauge<'bulkhead'>,
    @InjectMetric(REJECTED) rejected: Counter<'bulkhead' | 'reason'>,
    @InjectMetric(RETRIES) retries: Counter<'dependency' | 'outcome'>,
    events: ResilienceEvents,
  ) {
    for (const bulkhead of ['postgres', 'postgres-writes']) {
      running.set({ bulkhead }, 0);
      waiting.set({ bulkhead }, 0);
      for (const reason of ['queue-full', 'waited-too-long']) rejected.inc({ bulkhead, reason }, 0);
    }
    for (const dependency of ['redis', 'postgres'])
      for (const outcome of ['made', 'refused']) retries.inc({ dependency, outcome }, 0);
    events.on('bulkhead', ({ bulkhead, ...use }) => {
      running.set({ bulkhead }, use.running);
      waiting.set({ bulkhead }, use.waiting);
    });
    events.on('rejected', (bulkhead, reason) => rejected.inc({ bulkhead, reason }));
    events.on('retry', (dependency, outcome) => retries.inc({ dependency, outcome }));
  }
}

const POOL_CONNECTIONS = 'database_pool_connections';
const POOL_WAITING = 'database_pool_waiting';

export const poolMetricProviders = [
  makeGaugeProvider({
    name: POOL_CONNECTIONS,
    help: 'Open connections of the Postgres pool, and how many of them are idle.',
    labelNames: ['state'],
  }),
  makeGaugeProvider({ name: POOL_WAITING, help: 'Callers waiting for a connection of the Postgres pool.' }),
];

/** Use of the pool of connections to Postgres. */
@Injectable()
export class PoolMetrics {
  constructor(
    @InjectMetric(POOL_CONNECTIONS) connections: Gauge<'state'>,
    @InjectMetric(POOL_WAITING) waitingGauge: Gauge,
    events: DatabaseEvents,
  ) {
    for (const state of ['total', 'idle'] as const) connections.set({ state }, 0);
    events.on('pool', ({ total, idle, waiting }) => {
      connections.set({ state: 'total' }, total);
      connections.set({ state: 'idle' }, idle);
      waitingGauge.set(waiting);
    });
  }
}

const STATEMENTS = 'database_statements_total';
const ROWS = 'database_rows_total';
const KINDS: readonly StatementKind[] = ['load', 'other'];

export const statementMetricProviders = [
  makeCounterProvider({
    name: STATEMENTS,
    help: 'SQL statements of the pool that Postgres answered. load: reads for the cache; other: writes, lists, checks.',
    labelNames: ['kind'],
  }),
  makeCounterProvider({
    name: ROWS,
    help: 'Rows that Postgres returned to those statements.',
    labelNames: ['kind'],
  }),
];

/** How much Postgres is asked. */
@Injectable()
export class StatementMetrics {
  constructor(
    @InjectMetric(STATEMENTS) statements: Counter<'kind'>,
    @InjectMetric(ROWS) returned: Counter<'kind'>,
    events: DatabaseEvents,
  ) {
    for (const kind of KINDS) {
      statements.inc({ kind }, 0);
      returned.inc({ kind }, 0);
    }
    events.on('statement', (kind, rows) => {
      statements.inc({ kind });
      returned.inc({ kind }, rows);
    });
  }
}

const COMMANDS = 'redis_command_seconds';
const COMMAND_BUCKETS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

export const redisMetricProviders = [
  {
    provide: getToken(COMMANDS),
    useFactory: () =>
      BoundHistogram.named({
        name: COMMANDS,
        help: 'Time in seconds from a Redis command to its outcome, its wait in the pipeline included.',
        buckets: COMMAND_BUCKETS_SECONDS,
      }),
  },
];

/** How fast Redis answers. */
@Injectable()
export class RedisMetrics {
  constructor(@InjectMetric(COMMANDS) seconds: BoundHistogram, events: RedisEvents) {
    const series = {
      answered: seconds.bind({ outcome: 'answered' }),
      failed: seconds.bind({ outcome: 'failed' }),
    };
    events.onCommand((outcome, took) => series[outcome].observe(took));
  }
}
