import type { Verdict } from '../budgets/budget.ts';
import type { BenchResult } from '../result.ts';
import { markdownTable } from './markdown.ts';
import { shown, shownSample } from './numbers.ts';
import { rowsOf } from './rows.ts';

/** The contestants as a Markdown table, for the README and docs/benchmarks.md. */
export function benchTable(result: BenchResult): string {
  const { machine, date, command } = result.conditions;
  const rows = rowsOf(result).map((row) => [
    row.title,
    row.about,
    shownSample(row.cpuMicros),
    shownSample(row.perSecond),
    shownSample(row.p99AtCeiling),
    ...[0.5, 0.99, 0.999].map((q) => shownSample(row.atQuantile(q))),
    shownSample(row.residentMib),
    shown(row.errors),
  ]);
  const head = [
    'contestant',
    'answers from',
    'CPU µs a request',
    'requests/s',
    'p99 ms then',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'MiB',
    'errors',
  ];
  return `${markdownTable(head, rows, 2)}\nMedian (least–greatest) of the rounds. ${machine}; ${date.slice(0, 10)}; \`${command}\`.\n`;
}

export function budgetTable({ verdicts }: BenchResult): string {
  const rows = verdicts.map((verdict) => {
    const { what, formula, good, limit, unit } = verdict.budget;
    return [what, formula, `${good} ${shown(limit)} ${unit}`, describeValue(verdict), marked(verdict)];
  });
  return markdownTable(['what', 'how', 'budget', 'measured', ''], rows, 4);
}

/** The kind of a verdict with a mark that is found in a long table. */
function marked({ kind }: Verdict): string {
  return { met: '✔ met', missed: '✖ missed', 'not measured': 'not measured' }[kind];
}

/** The value of a verdict in words. */
export function describeValue(verdict: Verdict): string {
  if (verdict.kind === 'not measured') return `not measured: ${verdict.reason}`;
  return `${shownSample(verdict.values)} ${verdict.budget.unit}`;
}
