import type { Figures } from '../budgets/budget.ts';
import { Histogram } from '../load/histogram.ts';
import type { Second } from '../load/plan.ts';
import { figure } from './html.ts';
import { shown, shownMs } from './numbers.ts';
import { linePlot, type Series } from './plots/line-plot.ts';
import { linearScale, logScale, ninesScale } from './plots/scale.ts';
import type { Row } from './rows.ts';

/** The contestants to plot; with all of them no line could be followed. */
const SHOWN = [
  'hotshelf-hot',
  'baseline',
  'hotshelf-warm',
  'hotshelf-cold',
  'nest-idiomatic',
  'bentocache',
  'fastify-map',
];
const NINES = 4;
const STEPS_A_NINE = 12;

const QUANTILES = Array.from({ length: NINES * STEPS_A_NINE + 1 }, (_, n) => 1 - 10 ** -(n / STEPS_A_NINE));

/** Latency by the share of requests that it covers: the tail gets as much room as the bulk. */
export function latencyPlot(rows: readonly Row[]): string[] {
  const series = SHOWN.flatMap((name) => rows.filter((row) => row.name === name)).map(curveOf);
  const all = series.flatMap(({ points }) => points.map(([, y]) => y));
  if (all.length === 0) return [];
  const plot = linePlot({
    label: 'latency by percentile',
    x: ninesScale(NINES),
    y: logScale(Math.min(...all), Math.max(...all)),
    showX: (share) => (share === 0 ? 'all' : `${Number((share * 100).toFixed(2))} %`),
    showY: shownMs,
    series,
  });
  return [
    figure(
      'Latency',
      'open loop, all rounds together, counted from when a request was due; low is good',
      plot,
    ),
  ];
}

function curveOf({ name, title, runs }: Row): Series {
  const all = new Histogram();
  for (const { open } of runs) all.add(Histogram.from(open.latency));
  return {
    name: title,
    tone: SHOWN.indexOf(name),
    points: QUANTILES.map((q) => [q, Math.max(0.01, all.quantile(q) / 1_000)]),
  };
}

/** Answers a second while the headline's rates were held. */
export function overTimePlot({ probes }: Figures): string[] {
  const timelines = Object.entries(probes).flatMap(([name, found]) =>
    found.kind === 'measured' && found.timeline !== undefined ? [{ name, timeline: found.timeline }] : [],
  );
  const series = timelines.map(({ name, timeline }, tone): Series => {
    const rate = shown(Number(name.split('-')[1]));
    return { name: `${rate} requests/s asked for`, tone, points: answered(timeline) };
  });
  if (series.length === 0) return [];
  const points = series.flatMap((it) => it.points);
  const plot = linePlot({
    label: 'answers a second over time',
    x: linearScale(Math.max(...points.map(([x]) => x))),
    y: linearScale(Math.max(...points.map(([, y]) => y))),
    showX: (second) => `${second} s`,
    showY: shown,
    series,
  });
  return [figure('Throughput over time', 'Hotshelf, good answers a second under the headline’s rates', plot)];
}

/** The last second is cut off by the end, and would look like a collapse. */
function answered(timeline: readonly Second[]): [number, number][] {
  return timeline.slice(0, -1).map(({ requests, errors }, n) => [n + 1, requests - errors]);
}
