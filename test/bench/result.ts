import type { Figures, Verdict } from './budgets/budget.ts';
import type { Conditions } from './conditions.ts';
import type { Outcome } from './measure/run.ts';

/** A contestant as the report names it. */
export interface Named {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

/** All that a bench leaves behind; bench.json is this. */
export interface BenchResult {
  readonly conditions: Conditions;
  readonly contestants: readonly Named[];
  readonly outcomes: readonly Outcome[];
  readonly figures: Figures;
  readonly verdicts: readonly Verdict[];
  /** What broke while it was measured: what, and how. */
  readonly failures: readonly string[];
}
