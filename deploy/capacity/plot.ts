import type { Prices } from './figures.ts';
import type { Size } from './size.ts';

const WIDTH = 720;
const HEIGHT = 320;
const MARGIN = { left: 90, right: 20, top: 20, bottom: 45 };

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
  readonly isDashed?: boolean;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A page that loads nothing: the table, the plots over rates, the assumptions. */
export function pageOf(
  { table, assumptions }: { table: string; assumptions: string },
  asked: Size,
  over: readonly Size[],
  { predecessor }: Prices,
): string {
  const line = (name: string, colour: string, value: (size: Size) => number): Line => ({
    name,
    colour,
    points: over.map((size) => [size.load.rps, value(size)] as const),
  });
  const level = (name: string, value: number): Line => ({
    name,
    colour: '#888',
    isDashed: true,
    points: [over.at(0), over.at(-1)].map((size) => [size?.load.rps ?? 1, value] as const),
  });
  const mark = asked.load.rps;
  const cost = plotOf('US dollars a month', mark, [
    line('this fleet', '#1b6ca8', ({ perMonth }) => perMonth),
    line('its machines alone', '#4aa564', ({ costs }) => costs['machines'] ?? 0),
    level(`the predecessor, ${predecessor.machines} machines`, predecessor.perMonth),
    level('the predecessor, before', predecessor.perMonthBefore),
  ]);
  const fleet = plotOf('number', mark, [
    line('machines', '#1b6ca8', ({ machines }) => machines),
    line('workers', '#4aa564', ({ workers }) => workers),
    line('connections to Postgres', '#c0662b', ({ connections }) => connections),
    line('Redis shards', '#7a4fa3', ({ redisShards }) => redisShards),
  ]);
  return pageWith(
    'Capacity of Hotshelf',
    `<pre>${escaped(table)}</pre>
<h2>Cost over the rate</h2>
${cost}
<h2>The fleet over the rate</h2>
${fleet}
<p>Hit ratio, p99 and the share of writes are those of the table at every rate. The vertical line is the rate of the table.</p>
<pre>${escaped(assumptions)}</pre>`,
  );
}

export interface LogPlot {
  readonly title: string;
  /** Of the values. */
  readonly unit: string;
  /** What they are plotted over. */
  readonly over: string;
  readonly lines: readonly Line[];
}

/** A page that loads nothing: a text, and plots with two logarithmic axes. */
export function logPlotPage(title: string, text: string, plots: readonly LogPlot[]): string {
  const drawn = plots.map(
    (plot) => `<h2>${escaped(plot.title)}</h2>\n${plotOf(plot.unit, undefined, plot.lines, plot.over)}`,
  );
  return pageWith(title, [`<pre>${escaped(text)}</pre>`, ...drawn].join('\n'));
}

function pageWith(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}pre{overflow-x:auto;white-space:pre-wrap}svg{max-width:100%;height:auto}</style>
<h1>${escaped(title)}</h1>
${content}
</html>
`;
}

/** Both axes are logarithmic: from one process to a fleet is a factor of a thousand. */
function plotOf(
  unit: string,
  mark: number | undefined,
  lines: readonly Line[],
  over = 'requests a second',
): string {
  const all = lines.flatMap(({ points }) => points);
  const [left, right] = decades(all.map(([x]) => x));
  const [low, high] = decades(all.map(([, y]) => y));
  const at = (value: number, from: number, to: number) =>
    (Math.log10(Math.max(value, 1e-9)) - from) / (to - from);
  const x = (value: number) => MARGIN.left + at(value, left, right) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - at(value, low, high) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const ticks = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n));
  const number = (value: number) => value.toLocaleString('en-US');
  const grid = [
    ...ticks(left, right).map(
      (value) =>
        `<line x1="${x(value)}" x2="${x(value)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#ddd"/><text x="${x(value)}" y="${HEIGHT - 25}" text-anchor="middle">${number(value)}</text>`,
    ),
    ...ticks(low, high).map(
      (value) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${MARGIN.left - 8}" y="${y(value) + 4}" text-anchor="end">${number(value)}</text>`,
    ),
    mark === undefined
      ? ''
      : `<line x1="${x(mark)}" x2="${x(mark)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#b00" stroke-dasharray="2 3"/>`,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(over)}</text>`,
  ];
  const drawn = lines.map(({ colour, points, isDashed }) => {
    const path = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2"${isDashed ? ' stroke-dasharray="6 4"' : ''} points="${path}"/>`;
  });
  const legend = lines.map(
    ({ name, colour }, n) =>
      `<text x="${MARGIN.left + 10}" y="${MARGIN.top + 16 + 17 * n}" fill="${colour}">— ${escaped(name)}</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-size="12" font-family="system-ui,sans-serif"><title>${escaped(unit)} over ${escaped(over)}: ${escaped(lines.map(({ name }) => name).join(', '))}</title>
${[...grid, ...drawn, ...legend].join('\n')}
</svg>`;
}

function decades(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...positive)));
  return [from, Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive))))];
}
