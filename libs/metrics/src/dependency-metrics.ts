import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { CacheEvents } from '#libs/cache/events';
import { DatabaseEvents, type StatementKind } from '#libs/db/events';
import { HttpEvents } from '#libs/http/events';
import { type BreakerState, type Dependency, ResilienceEvents } from '#libs/resilience/events';

const STATE = 'breaker_state';
const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];
const DEPENDENCIES: readonly Dependency[] = ['redis', 'postgres'];

const breakerMetricProviders = [
  makeGaugeProvider({
    name: STATE,
    help: '1 for the current state of the circuit breaker of a dependency, 0 for the other states.',
    labelNames: ['dependency', 'state'],
    // Of several workers: 1 for each state that any worker is in.
    aggregator: 'max',
  }),
];

@Injectable()
class BreakerMetrics {
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

const bulkheadMetricProviders = [
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
class BulkheadMetrics {
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

const poolMetricProviders = [
  makeGaugeProvider({
    name: POOL_CONNECTIONS,
    help: 'Open connections of the Postgres pool, and how many of them are idle.',
    labelNames: ['state'],
  }),
  makeGaugeProvider({ name: POOL_WAITING, help: 'Callers waiting for a connection of the Postgres pool.' }),
];

/** Use of the pool of connections to Postgres. */
@Injectable()
class PoolMetrics {
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

const statementMetricProviders = [
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
class StatementMetrics {
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

const SHED = 'shed_requests_total';
const LIMIT = 'cache_load_limit';
const UNDER_WAY = 'cache_loads_under_way';

const REASONS = ['pressure', 'pipelining', 'load-limit', 'read-timeout'] as const;

const sheddingMetricProviders = [
  makeCounterProvider({
    name: SHED,
    help: 'Requests refused because they could not be answered in time.',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({ name: LIMIT, help: 'Loads that may be under way at once, as found by trying.' }),
  makeGaugeProvider({ name: UNDER_WAY, help: 'Loads from the origin that are under way.' }),
];

/** Shows what is refused under overload, and the limit that loads are under. */
@Injectable()
class SheddingMetrics {
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

export const dependencyMetrics = [
  ...breakerMetricProviders,
  BreakerMetrics,
  ...bulkheadMetricProviders,
  BulkheadMetrics,
  ...poolMetricProviders,
  PoolMetrics,
  ...statementMetricProviders,
  StatementMetrics,
  ...sheddingMetricProviders,
  SheddingMetrics,
];
