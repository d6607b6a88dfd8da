import type { Conditions } from './conditions.ts';
import { isNoisy } from './noise.ts';

interface Counts {
  /** Budgets that were measured and missed. */
  readonly missed: number;
  /** What could not be measured although it should. */
  readonly failures: number;
  readonly conditions: Pick<Conditions, 'loadBefore'>;
}

/** A miss on a machine that does other work says nothing of the service. */
export function exitCodeOf({ missed, failures, conditions }: Counts): number {
  if (failures > 0) return 2;
  return missed > 0 && !isNoisy(conditions) ? 1 : 0;
}
