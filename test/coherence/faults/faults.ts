import type { CheckOptions } from '../options.ts';
import { CLUSTER_FAULTS } from './cluster-faults.ts';
import type { Fault } from './fault.ts';
import { HISTORY_FAULTS } from './history-faults.ts';
import { LINK_FAULTS } from './link-faults.ts';
import { POSTGRES_FAULTS } from './postgres-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';

/** @throws Error where no fault has such a name */
export function faultsFor({ only, replicas }: CheckOptions): readonly Fault[] {
  const all = [
    ...(replicas === true ? CLUSTER_FAULTS : []),
    ...REDIS_FAULTS,
    ...LINK_FAULTS,
    ...PROCESS_FAULTS,
    ...POSTGRES_FAULTS,
    ...HISTORY_FAULTS,
  ];
  const wanted = all.filter(({ name }) => name.includes(only));
  if (wanted.length > 0) return wanted;
  throw new Error(`--only must be part of one of: ${all.map(({ name }) => name).join(', ')}`);
}
