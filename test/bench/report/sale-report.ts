import type { Sale } from '../flashsale/run-sale.ts';
import type { Second } from '../load/plan.ts';
import { escaped } from './escape.ts';
import { conditionsList, figure, htmlPage, table } from './html.ts';
import { shown, shownMs } from './numbers.ts';
import { linePlot, type Series } from './plots/line-plot.ts';
import { linearScale, logScale, type Scale } from './plots/scale.ts';
import { SALE_HEAD, type SaleResult, saleRows } from './sale-table.ts';

/** The flash sale on one page: both designs over the same seconds. */
export function saleReport(result: SaleResult): string {
  const rows = saleRows(result).map(([what = '', ...cells]) => [
    { text: what },
    ...cells.map((text) => ({ text, kind: 'number' as const })),
  ]);
  const head = SALE_HEAD.map((text, n) => (n === 0 ? { text } : { text, kind: 'number' as const }));
  return htmlPage('Hotshelf: the flash sale', [
    '<p class="soft">The same traffic on the naive design and on Hotshelf, each alone on this machine. Published figures are the predecessor’s, from twelve 8-core machines under traffic of their own: beside what was measured here, not comparable to the digit.</p>',
    conditionsList(result.conditions),
    '<h2>Before and after</h2>',
    table(head, rows),
    '<h2>Second by second</h2>',
    `<div class="plots">${plots(result).join('')}</div>`,
    errorLists(result),
  ]);
}

function plots(result: SaleResult): string[] {
  const good = over(result, ({ requests, errors }) => requests - errors);
  const failed = over(result, ({ errors }) => errors);
  const about = 'requests a second: asked for, and answered well';
  return [
    timeline(result, { title: 'Traffic', about, lines: [asked(result), ...good] }),
    timeline(result, latencyOf(result)),
    timeline(result, { title: 'Failures', about: 'errors and those who gave up, a second', lines: failed }),
    timeline(result, statementsOf(result)),
    ...result.sales.map((sale) => timeline(result, tiersOf(sale))),
  ];
}

function latencyOf(result: SaleResult): Timeline {
  const lines = over(result, ({ p99Micros }) => Math.max(0.1, p99Micros / 1_000));
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const y = logScale(Math.min(...values), Math.max(...values));
  const about = 'p99 of each second, failures and those who gave up included';
  return { title: 'Latency', about, lines, y, showY: shownMs };
}

function statementsOf({ sales }: SaleResult): Timeline {
  const lines = sales.map(({ title, statements }) => lineOf(title, statements));
  return { title: 'SQL', about: 'statements a second that ask for products', lines };
}

function tiersOf({ title, load }: Sale): Timeline {
  const lines = byTier(load.timeline);
  return { title: `${title}: who answered`, about: 'answers a second by tier', lines };
}

interface Timeline {
  readonly title: string;
  readonly about: string;
  readonly lines: readonly Series[];
  readonly y?: Scale;
  showY?(value: number): string;
}

function timeline({ phases }: SaleResult, { title, about, lines, y, showY = shown }: Timeline): string {
  const points = lines.flatMap((line) => line.points);
  const plot = linePlot({
    label: title,
    x: linearScale(Math.max(1, ...points.map(([x]) => x))),
    y: y ?? linearScale(Math.max(1, ...points.map(([, value]) => value))),
    showX: (second) => `${second} s`,
    showY,
    series: lines,
    spans: phases.filter(({ name }) => name === 'spike' || name === 'Redis lost'),
  });
  return figure(title, about, plot);
}

const TONES: Readonly<Record<string, number>> = {
  Hotshelf: 0,
  'naive design': 1,
  'asked for': 6,
  l1: 0,
  redis: 2,
  hit: 2,
  origin: 3,
  miss: 3,
};

const lineOf = (name: string, values: readonly number[]): Series => ({
  name,
  tone: TONES[name] ?? 5,
  points: values.map((value, n) => [n, value]),
});

function over({ sales }: SaleResult, of: (second: Second) => number): Series[] {
  return sales.map(({ title, load }) => lineOf(title, load.timeline.map(of)));
}

function asked({ phases }: SaleResult): Series {
  const points = phases.flatMap(({ from, to, perSecond }): [number, number][] => [
    [from, perSecond],
    [to, perSecond],
  ]);
  return { ...lineOf('asked for', []), points };
}

function byTier(seconds: readonly Second[]): Series[] {
  const tiers = [...new Set(seconds.flatMap((second) => Object.keys(second.tiers)))].sort();
  return tiers.map((name) =>
    lineOf(
      name,
      seconds.map((second) => second.tiers[name] ?? 0),
    ),
  );
}

function errorLists({ sales }: SaleResult): string {
  const items = sales.map(({ title, load }) => {
    const kinds = Object.entries(load.errors).map(([kind, count]) => `${kind}: ${shown(count)}`);
    return `<dt>${escaped(title)}</dt><dd>${escaped(kinds.join(', ') || 'none')}</dd>`;
  });
  return `<h2>Failures by kind</h2><dl>${items.join('')}</dl>`;
}
