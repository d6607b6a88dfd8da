import type { UnitCosts } from './unit-costs.ts';

/** A fleet under changes by SQL, each of another key, and each key in the L1 of every process. */
export interface Fleet {
  readonly processes: number;
  readonly changesPerSecond: number;
}

/** Shares of one processor; 1 is all of it. */
export interface FleetCost extends Fleet {
  /** Of each process: notifications, and fetching what was dropped. */
  readonly perProcess: number;
  /** Of the leader, beyond that. */
  readonly relay: number;
  /** Of all masters together. */
  readonly redis: number;
  readonly postgres: number;
  readonly masters: number;
  /** The first part that cannot carry it; none where all can. */
  readonly limit: 'the relay' | 'the processes' | 'Redis' | 'Postgres' | 'none';
}

export const ASSUMED = {
  /** Of a process, for changes: the rest answers requests. */
  processShare: 0.3,
  /** Of the one thread that reads the outbox. */
  relayShare: 0.8,
  /** Of a Redis thread. */
  redisShare: 0.5,
  /** More than this no fleet of the kind has. */
  mostMasters: 100,
  /** Processors of the largest Postgres primary, half of them for changes. */
  postgresProcessors: 96,
  postgresShare: 0.5,
} as const;

const PER_SECOND = 1e6;

/** What a fleet spends on changes. Fills are not announced, so reads are no part of it but for the fetching of dropped entries. */
export function costOf({ processes, changesPerSecond }: Fleet, unit: UnitCosts): FleetCost {
  const share = (micros: number) => (changesPerSecond * micros) / PER_SECOND;
  const perProcess = share(unit.notified + unit.fetched);
  const relay = share(unit.relayed);
  // One process loads what changed; the others fetch it.
  const redis = share(
    unit.redisChange +
      unit.redisLoad +
      processes * unit.redisNotification +
      (processes - 1) * unit.redisFetch,
  );
  const postgres = share(unit.postgresChange + unit.postgresLoad);
  const masters = Math.max(1, Math.ceil(redis / ASSUMED.redisShare));
  const cost = { processes, changesPerSecond, perProcess, relay, redis, postgres, masters };
  return { ...cost, limit: limitOf(cost) };
}

function limitOf({ relay, perProcess, masters, postgres }: Omit<FleetCost, 'limit'>): FleetCost['limit'] {
  const over = {
    'the relay': relay / ASSUMED.relayShare,
    'the processes': perProcess / ASSUMED.processShare,
    Redis: masters / ASSUMED.mostMasters,
    Postgres: postgres / (ASSUMED.postgresProcessors * ASSUMED.postgresShare),
  } as const;
  const [[part, ratio] = ['Redis', 0] as const] = (
    Object.entries(over) as [keyof typeof over, number][]
  ).sort(([, a], [, b]) => b - a);
  return ratio > 1 ? part : 'none';
}

/** The most changes a second that a fleet carries, and what stops it there. */
export function mostChanges(processes: number, unit: UnitCosts): FleetCost {
  let [low, high] = [1, 1e9];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (costOf({ processes, changesPerSecond: middle }, unit).limit === 'none') low = middle;
    else high = middle;
  }
  return costOf({ processes, changesPerSecond: high }, unit);
}
