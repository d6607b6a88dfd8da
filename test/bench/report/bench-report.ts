import type { Verdict } from '../budgets/budget.ts';
import type { BenchResult } from '../result.ts';
import { describeValue } from './bench-table.ts';
import { escaped } from './escape.ts';
import { conditionsList, figure, htmlPage, table } from './html.ts';
import { latencyPlot, overTimePlot } from './latency-plots.ts';
import { shown, shownSample } from './numbers.ts';
import { type Bar, barPlot } from './plots/bar-plot.ts';
import { type Row, rowsOf } from './rows.ts';

/** The whole bench on one page. */
export function benchReport(result: BenchResult): string {
  const rows = rowsOf(result);
  return htmlPage('Hotshelf: the bench', [
    '<p class="soft">Ratios from one run on one machine. Figures are medians of the rounds, in brackets the least and the greatest.</p>',
    conditionsList(result.conditions),
    '<h2>Budgets</h2>',
    budgets(result.verdicts),
    '<h2>Contestants</h2>',
    `<div class="plots">${plots(result, rows).join('')}</div>`,
    contestantTable(rows),
    notMeasured(result),
  ]);
}

function budgets(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { what, formula, good, limit, unit } = verdict.budget;
    const kind = verdict.kind === 'not measured' ? {} : { kind: verdict.kind };
    const numbers = [`${good} ${shown(limit)} ${unit}`, describeValue(verdict)].map((text) => ({ text }));
    return [{ text: verdict.kind, ...kind }, { text: what, note: formula }, ...numbers];
  });
  return table(
    ['', 'what', 'budget', 'measured'].map((text) => ({ text })),
    rows,
  );
}

function plots(result: BenchResult, rows: readonly Row[]): string[] {
  const bars = (of: (row: Row) => Bar['sample']): Bar[] =>
    rows.map((row) => ({ name: row.title, sample: of(row), isOurs: row.isOurs }));
  return [
    figure(
      'Cost',
      'CPU microseconds a request, at the ceiling; less is good',
      barPlot(
        'CPU microseconds a request',
        bars((row) => row.cpuMicros),
      ),
    ),
    figure(
      'Ceiling',
      'requests a second, closed loop, 64 connections; more is good',
      barPlot(
        'requests a second',
        bars((row) => row.perSecond),
      ),
    ),
    ...latencyPlot(rows),
    ...overTimePlot(result.figures),
  ];
}

const HEAD = [
  'CPU µs',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'MiB',
  'errors',
  'load CPU',
  'load late, p99 ms',
];

function contestantTable(rows: readonly Row[]): string {
  const number = (text: string) => ({ text, kind: 'number' }) as const;
  const body = rows.map((row) => [
    { text: `${row.title}: ${row.about}` },
    ...[row.cpuMicros, row.perSecond, ...[0.5, 0.99, 0.999].map((q) => row.atQuantile(q)), row.residentMib]
      .map(shownSample)
      .map(number),
    number(shown(row.errors)),
    number(shownSample(row.runs.map(({ generatorCpu }) => generatorCpu))),
    number(shownSample(row.runs.map(({ generatorLagMicros }) => generatorLagMicros / 1_000))),
  ]);
  return `<h2>Figures</h2>${table([{ text: 'contestant' }, ...HEAD.map(number)], body)}
<p class="soft">Latency: open loop at ${shown(rows[0]?.runs[0]?.open.perSecond ?? 0)} requests/s, counted from when each request was due.
Load CPU: the share of a core that the generator used at the ceiling; near 1 the ceiling is the generator's own.</p>`;
}

function notMeasured({ outcomes }: BenchResult): string {
  const reasons = outcomes.flatMap((it) =>
    it.kind === 'measured' ? [] : [`${it.contestant}: ${it.reason}`],
  );
  if (reasons.length === 0) return '';
  const items = [...new Set(reasons)].map((reason) => `<li>${escaped(reason)}</li>`);
  return `<h2>Not measured</h2><ul>${items.join('')}</ul>`;
}
