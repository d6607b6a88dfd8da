import type { Figures, Found } from './budget.ts';

/**
 * CPU time a request of the first for one microsecond of the second's, round by round: what both met in a round (a neighbour
 * on the machine, its clock speed) falls out of the comparison.
 */
export function cpuRatio({ runs }: Figures, [first, second]: readonly [string, string]): Found {
  const values = runs
    .filter(({ contestant }) => contestant === first)
    .flatMap((a) => {
      const b = runs.find(({ contestant, round }) => contestant === second && round === a.round);
      return b === undefined ? [] : [a.cpuMicros / b.cpuMicros];
    });
  if (values.length > 0) return { kind: 'measured', values };
  return { kind: 'not measured', reason: `${first} and ${second} were not both measured` };
}
