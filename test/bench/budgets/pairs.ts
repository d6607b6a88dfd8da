import type { Run } from '../measure/run.ts';
import type { Figures, Found } from './budget.ts';

/**
 * Sets two contestants against each other round by round: what both met in a round (a neighbour on the machine, its
 * clock speed) falls out of the comparison.
 */
export function byRound(
  { runs }: Figures,
  [first, second]: readonly [string, string],
  compare: (a: Run, b: Run) => number,
): Found {
  const values = runs
    .filter(({ contestant }) => contestant === first)
    .flatMap((a) => {
      const b = runs.find(({ contestant, round }) => contestant === second && round === a.round);
      return b === undefined ? [] : [compare(a, b)];
    });
  if (values.length > 0) return { kind: 'measured', values };
  return { kind: 'not measured', reason: `${first} and ${second} were not both measured` };
}

/** CPU time a request of the first for one microsecond of the second's. */
export function cpuRatio(figures: Figures, pair: readonly [string, string]): Found {
  return byRound(figures, pair, (a, b) => a.cpuMicros / b.cpuMicros);
}
