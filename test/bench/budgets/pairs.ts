import { Histogram } from '../load/histogram.ts';
import type { Run } from '../measure/run.ts';
import type { Figures, Found } from './budget.ts';

type Pair = readonly [first: string, second: string];

/** CPU time a request of the first for one microsecond of the second's. */
export const cpuRatio = (figures: Figures, pair: Pair) => ratio(figures, pair, ({ cpuMicros }) => cpuMicros);

/** The 99th percentile of the first at its ceiling for one millisecond of the second's at its own. */
export const p99Ratio = (figures: Figures, pair: Pair) =>
  ratio(figures, pair, ({ latencyAtCeiling }) => Histogram.from(latencyAtCeiling).quantile(0.99));

/**
 * Round by round: what both met in a round (a neighbour on the machine, its clock speed) falls out of the comparison.
 */
function ratio({ runs }: Figures, [first, second]: Pair, figureOf: (run: Run) => number): Found {
  const values = runs
    .filter(({ contestant }) => contestant === first)
    .flatMap((a) => {
      const b = runs.find(({ contestant, round }) => contestant === second && round === a.round);
      return b === undefined ? [] : [figureOf(a) / figureOf(b)];
    });
  if (values.length > 0) return { kind: 'measured', values };
  return { kind: 'not measured', reason: `${first} and ${second} were not both measured` };
}
