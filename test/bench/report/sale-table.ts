import type { Conditions } from '../conditions.ts';
import type { Phase } from '../flashsale/phases.ts';
import { PUBLISHED } from '../flashsale/published.ts';
import type { Sale } from '../flashsale/run-sale.ts';
import { Histogram } from '../load/histogram.ts';
import { median } from '../measure/sample.ts';
import { markdownTable } from './markdown.ts';
import { shown } from './numbers.ts';

export interface SaleResult {
  readonly conditions: Conditions;
  readonly phases: readonly Phase[];
  /** The naive design's, then Hotshelf's. */
  readonly sales: readonly Sale[];
}

export const SALE_HEAD = [
  '',
  'naive design, measured here',
  'Hotshelf, measured here',
  'predecessor, published',
  'its rewrite, published',
];

/** Before and after, side by side with what was published of the predecessor on other, larger machines. */
export function saleRows({ sales }: SaleResult): string[][] {
  const columns = sales.map(figuresOf);
  return Object.keys(columns[0] ?? {}).map((what) => {
    const published = PUBLISHED.find((row) => row.what === what);
    const here = columns.map((column) => column[what] ?? '–');
    return [LABELS[what] ?? what, ...here, published?.before ?? '–', published?.after ?? '–'];
  });
}

export function saleTable(result: SaleResult): string {
  const { machine, date, command } = result.conditions;
  const asked = result.phases.map(
    ({ name, perSecond, from, to }) => `${name} ${shown(perSecond)}/s ${to - from} s`,
  );
  return (
    `${markdownTable(SALE_HEAD, saleRows(result), 1)}\nThe traffic here: ${asked.join(', ')}; ${machine}; ${date.slice(0, 10)}; ` +
    `\`${command}\`. The published figures are those of twelve 8-core machines under traffic of their own.\n`
  );
}

const LABELS: Readonly<Record<string, string>> = { 'requests/s': 'requests/s answered well, median second' };

function figuresOf({ load, statements }: Sale): Record<string, string> {
  const latency = Histogram.from(load.latency);
  const ms = (q: number) => `${shown(latency.quantile(q) / 1_000)} ms`;
  const failed = Object.values(load.errors).reduce((sum, count) => sum + count, 0);
  return {
    'requests/s': shown(median(load.timeline.map(({ requests, errors }) => requests - errors))),
    p50: ms(0.5),
    p99: ms(0.99),
    errors: `${shown((100 * failed) / load.requests)} %`,
    'SQL statements': shown(statements.reduce((sum, count) => sum + count, 0)),
  };
}
