import { escaped } from './escape.ts';

export interface Line {
  readonly name: string;
  /** Which of the colours --s0 to --s6. */
  readonly tone: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly about: string;
  readonly lines: readonly Line[];
  /** A linear axis begins at 0; a logarithmic one goes from power of ten to power of ten. */
  readonly y: 'linear' | 'log';
  showX(value: number): string;
  showY(value: number): string;
}

interface Axis {
  readonly ticks: readonly number[];
  /** @returns from 0 at the start of the axis to 1 at its end */
  place(value: number): number;
}

// Small enough that its letters can be read on a phone.
const WIDTH = 390;
const HEIGHT = 230;
const LEFT = 54;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 22;
const TICKS = 5;

const atX = (place: number) => (LEFT + place * (WIDTH - LEFT - RIGHT)).toFixed(1);
const atY = (place: number) => (HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)).toFixed(1);

/** Lines over two axes with a legend, as a figure in HTML. */
export function figure(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const values = points.map(([, value]) => value);
  const x = linear(Math.max(...points.map(([second]) => second), 0));
  const y = plot.y === 'log' ? logarithmic(values) : linear(Math.max(...values, 0));
  const drawn = [...grid(plot, x, y), ...plot.lines.map((line) => path(line, x, y))].join('');
  const items = plot.lines.map(
    ({ name, tone }) => `<li><i style="background:var(--s${tone})"></i>${escaped(name)}</li>`,
  );
  return (
    `<figure><h3>${escaped(plot.title)}</h3><p class="soft">${escaped(plot.about)}</p>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(plot.title)}">${drawn}</svg>` +
    `<ul class="legend">${items.join('')}</ul></figure>`
  );
}

function grid({ showX, showY }: Plot, x: Axis, y: Axis): string[] {
  const rows = y.ticks.map((tick) => {
    const at = atY(y.place(tick));
    return (
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${escaped(showY(tick))}</text>`
    );
  });
  const columns = x.ticks.map((tick) => {
    const at = atX(x.place(tick));
    return `<text class="tick" x="${at}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(showX(tick))}</text>`;
  });
  return [...rows, ...columns];
}

function path({ points, tone }: Line, x: Axis, y: Axis): string {
  const at = points.map(([second, value]) => `${atX(x.place(second))},${atY(y.place(value))}`);
  return `<polyline class="line" stroke="var(--s${tone})" points="${at.join(' ')}"/>`;
}

function linear(greatest: number): Axis {
  const step = roundStep(Math.max(greatest, 1e-6) / TICKS);
  const count = Math.max(1, Math.ceil((greatest / step) * 0.999));
  const end = step * count;
  return {
    ticks: Array.from({ length: count + 1 }, (_, n) => n * step),
    place: (value) => Math.min(1, value / end),
  };
}

function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5].find((factor) => factor * power >= atLeast * 0.999) ?? 10);
}

function logarithmic(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...positive, 1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive, 1))));
  return {
    ticks: Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n)),
    place: (value) => Math.max(0, (Math.log10(Math.max(value, 1e-9)) - from) / (to - from)),
  };
}
