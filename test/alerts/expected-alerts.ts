/** What `npm run check:faults` expects of a fault. */
export interface Expected {
  /** The beginning of its row in the table of automatic reactions of docs/runbook.md. */
  readonly row: string;
  /** Alerts that have to fire; of a dependency also its name. */
  readonly fires: readonly string[];
  /** Consequences that depend on the machine and on the length of the fault. */
  readonly mayFire: readonly string[];
}

/** They say that the machine is slow, or look back for hours: a run of minutes cannot judge them. promtool tests them. */
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
/** Killed in the middle of a write, it leaves a change that has not reached Redis: L2 is untrusted then, and nothing of it served. */
const POSTGRES_KILLED = {
  row: 'Postgres away',
  fires: ['HotshelfBreakerOpen postgres', 'HotshelfErrorBudgetFast'],
  mayFire: [
    ...['HotshelfStale', 'HotshelfRedisDoubted', 'HotshelfOutboxLag', 'HotshelfOutboxGrowing'],
    ...['HotshelfCacheCold', 'HotshelfShedding'],
  ],
};
const POSTGRES_AWAY = {
  row: 'Postgres away',
  fires: ['HotshelfBreakerOpen postgres', 'HotshelfStale', 'HotshelfErrorBudgetFast'],
  mayFire: ['HotshelfCacheCold', 'HotshelfShedding', 'HotshelfRedisDoubted'],
};

export const EXPECTED = {
  'Redis is killed': REDIS_AWAY,
  'Redis falls silent': REDIS_AWAY,
  'Postgres is killed': POSTGRES_KILLED,
  'Postgres falls silent': POSTGRES_AWAY,
  'both are killed': {
    row: 'both away',
    fires: [
      'HotshelfBreakerOpen redis',
      'HotshelfBreakerOpen postgres',
      'HotshelfTrackingLost',
      'HotshelfErrorBudgetFast',
    ],
    mayFire: [
      'HotshelfRedisDoubted',
      'HotshelfStale',
      'HotshelfOutboxLag',
      'HotshelfOutboxGrowing',
      'HotshelfCacheCold',
      'HotshelfShedding',
    ],
  },
  'loads hang': {
    row: 'Postgres away',
    fires: ['HotshelfErrorBudgetFast'],
    mayFire: ['HotshelfBreakerOpen postgres', 'HotshelfShedding', 'HotshelfCacheCold', 'HotshelfStale'],
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
} as const satisfies Readonly<Record<string, Expected>>;

export type FaultName = keyof typeof EXPECTED;
