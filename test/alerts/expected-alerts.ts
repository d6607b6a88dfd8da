/** What `npm run check:faults` expects of a fault. */
export interface Expected {
  /** The beginning of its row in the table of automatic reactions of docs/runbook.md. */
  readonly row: string;
  /** Alerts that have to fire; of a dependency also its name. */
  readonly fires: readonly string[];
  /** Consequences that depend on the machine and on the length of the fault. */
  readonly mayFire: readonly string[];
}

/** They say that the machine is slow, or look back for hours: a run of minutes cannot judge them, but where they have to fire. promtool tests them. */
export const IGNORED: ReadonlySet<string> = new Set([
  'HotshelfErrorBudgetSlow',
  'HotshelfLatencyBudgetFast',
  'HotshelfLatencyBudgetSlow',
  'HotshelfEventLoopSlow',
]);

const REDIS_AWAY = {
  row: 'Redis away',
  fires: ['HotshelfBreakerOpen redis', 'HotshelfTrackingLost', 'HotshelfRedisDoubted', 'HotshelfOutboxLag'],
  mayFire: ['HotshelfCacheCold', 'HotshelfOutboxGrowing'],
};
/** Killed in the middle of a write, it leaves a change that has not reached Redis: L2 is untrusted then. */
const POSTGRES_AWAY = {
  row: 'Postgres away',
  fires: ['HotshelfBreakerOpen postgres', 'HotshelfStale', 'HotshelfErrorBudgetFast'],
  mayFire: [
    ...['HotshelfRedisDoubted', 'HotshelfOutboxLag', 'HotshelfOutboxGrowing'],
    ...['HotshelfCacheCold', 'HotshelfShedding'],
  ],
};

export const EXPECTED = {
  'Redis is killed': REDIS_AWAY,
  'Redis falls silent': REDIS_AWAY,
  'Redis fails over': {
    row: 'Redis fails over',
    fires: ['HotshelfRedisDoubted', 'HotshelfTrackingLost', 'HotshelfBreakerOpen redis'],
    mayFire: ['HotshelfCacheCold'],
  },
  'Postgres is killed': POSTGRES_AWAY,
  'Postgres falls silent': POSTGRES_AWAY,
  'Postgres fails over': { ...POSTGRES_AWAY, row: 'Postgres fails over' },
  'Postgres is late': {
    row: 'Postgres late',
    fires: ['HotshelfLatencyBudgetFast'],
    // The relay is as late: a change may take more than the 500 ms that L2 is given.
    mayFire: ['HotshelfRedisDoubted', 'HotshelfCacheCold'],
  },
  'both are killed': {
    row: 'both away',
    fires: [
      'HotshelfBreakerOpen redis',
      'HotshelfBreakerOpen postgres',
      'HotshelfTrackingLost',
      'HotshelfRedisDoubted',
      'HotshelfStale',
      'HotshelfErrorBudgetFast',
    ],
    mayFire: ['HotshelfOutboxLag', 'HotshelfOutboxGrowing', 'HotshelfCacheCold', 'HotshelfShedding'],
  },
  'loads hang': {
    row: 'Postgres away',
    fires: ['HotshelfErrorBudgetFast'],
    mayFire: ['HotshelfBreakerOpen postgres', 'HotshelfShedding', 'HotshelfCacheCold', 'HotshelfStale'],
  },
  'a flood of misses': {
    row: 'more misses',
    fires: ['HotshelfShedding', 'HotshelfErrorBudgetFast'],
    // Postgres is late meanwhile, too. While that makes L2 untrusted, held keys whose loads are refused are served stale.
    mayFire: ['HotshelfCacheCold', 'HotshelfRedisDoubted', 'HotshelfStale'],
  },
  'event loops are late': {
    row: 'an event loop',
    fires: ['HotshelfEventLoopSlow'],
    mayFire: ['HotshelfShedding'],
  },
  'workers die again and again': {
    row: 'a worker that dies',
    fires: ['HotshelfWorkerRestarts'],
    // The leader of the relay may be among them.
    mayFire: ['HotshelfCacheCold', 'HotshelfWorkersMissing', 'HotshelfOutboxGrowing'],
  },
  'all processes hang': {
    row: 'all processes of an instance',
    fires: ['HotshelfDown'],
    mayFire: [
      ...[
        'HotshelfWorkerRestarts',
        'HotshelfWorkersMissing',
        'HotshelfTrackingLost',
        'HotshelfRedisDoubted',
        'HotshelfErrorBudgetFast',
        'HotshelfCacheCold',
      ],
      ...['HotshelfBreakerOpen redis', 'HotshelfBreakerOpen postgres', 'HotshelfOutboxLag'],
    ],
  },
  'a release': { row: 'a release or a stop', fires: [], mayFire: [] },
} as const satisfies Readonly<Record<string, Expected>>;

export type FaultName = keyof typeof EXPECTED;
