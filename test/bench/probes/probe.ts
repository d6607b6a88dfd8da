import type { Found } from '../budgets/budget.ts';
import type { BenchOptions } from '../flags/bench-flags.ts';
import type { Stage } from '../stage.ts';

/** A measurement that is more than a contestant under a load. */
export interface Probe {
  /** As in --only. */
  readonly name: string;
  /** The budgets that it serves. */
  readonly budgets: readonly string[];
  /**
   * @param say shows how far it has come
   * @returns what it found by the names of the budgets that it serves
   */
  run(
    stage: Stage,
    options: BenchOptions,
    say: (line: string) => void,
  ): Promise<Readonly<Record<string, Found>>>;
}

export const measured = (...values: number[]): Found => ({ kind: 'measured', values });

export const notMeasured = (reason: string): Found => ({ kind: 'not measured', reason });
