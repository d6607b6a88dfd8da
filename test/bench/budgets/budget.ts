import type { Second } from '../load/plan.ts';
import type { Run } from '../measure/run.ts';
import { median, type Sample } from '../measure/sample.ts';

/** What a probe found, or why it could not look. */
export type Found =
  | { readonly kind: 'measured'; readonly values: Sample; readonly timeline?: readonly Second[] }
  | { readonly kind: 'not measured'; readonly reason: string };

/** All that a bench found out. */
export interface Figures {
  readonly runs: readonly Run[];
  readonly probes: Readonly<Record<string, Found>>;
}

export interface Budget {
  readonly name: string;
  readonly what: string;
  /** How the value comes about, in words. */
  readonly formula: string;
  readonly limit: number;
  /** Which side of the limit is good. */
  readonly good: 'at most' | 'at least';
  readonly unit: string;
  value(figures: Figures): Found;
}

export type Verdict = { readonly budget: Budget } & (
  | { readonly kind: 'met' | 'missed'; readonly median: number; readonly values: Sample }
  | { readonly kind: 'not measured'; readonly reason: string }
);

/** Holds a value against its limit: its median counts, since single rounds wobble. */
export function judge(budget: Budget, figures: Figures): Verdict {
  const found = budget.value(figures);
  if (found.kind === 'not measured') return { budget, ...found };
  const middle = median(found.values);
  if (Number.isNaN(middle)) return { budget, kind: 'not measured', reason: 'no rounds' };
  const isGood = budget.good === 'at most' ? middle <= budget.limit : middle >= budget.limit;
  return { budget, kind: isGood ? 'met' : 'missed', median: middle, values: found.values };
}
