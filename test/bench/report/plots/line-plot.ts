import { escaped } from '../escape.ts';
import { legend } from './legend.ts';
import type { Scale } from './scale.ts';

export interface Series {
  readonly name: string;
  /** Which of the colours --s0 to --s6: the same for the same thing in every plot of a page. */
  readonly tone: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A stretch of the x axis that something was the matter in. */
export interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface LinePlot {
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  showX(value: number): string;
  showY(value: number): string;
  readonly series: readonly Series[];
  readonly spans?: readonly Span[];
}

// Small enough that its letters can still be read on a phone.
const WIDTH = 390;
const HEIGHT = 230;
const LEFT = 54;
const RIGHT = 14;
const TOP = 20;
const BOTTOM = 22;

const atX = (place: number) => (LEFT + place * (WIDTH - LEFT - RIGHT)).toFixed(1);
const atY = (place: number) => (HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)).toFixed(1);

/** Lines over two axes, with shaded spans behind and a legend below. */
export function linePlot(plot: LinePlot): string {
  const parts = [...(plot.spans ?? []).map((span) => shade(plot, span)), ...axes(plot), ...lines(plot)];
  const label = escaped(plot.label);
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${parts.join('')}</svg>` +
    legend(plot.series)
  );
}

function axes({ x, y, showX, showY }: LinePlot): string[] {
  const rows = y.ticks.map((tick) => {
    const at = atY(y.place(tick));
    return (
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${escaped(showY(tick))}</text>`
    );
  });
  const columns = x.ticks.map(
    (tick) =>
      `<text class="tick" x="${atX(x.place(tick))}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(showX(tick))}</text>`,
  );
  return [...rows, ...columns];
}

function lines({ x, y, series }: LinePlot): string[] {
  return series.map(({ points, tone }) => {
    const path = points.map(([a, b]) => `${atX(x.place(a))},${atY(y.place(b))}`).join(' ');
    return `<polyline class="line" stroke="var(--s${tone})" points="${path}"/>`;
  });
}

function shade({ x }: LinePlot, { name, from, to }: Span): string {
  const [start, end] = [Number(atX(x.place(from))), Number(atX(x.place(to)))];
  const middle = ((start + end) / 2).toFixed(1);
  return (
    `<rect class="shade" x="${start}" y="${TOP}" width="${(end - start).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>` +
    `<text class="tick" x="${middle}" y="${TOP - 6}" text-anchor="middle">${escaped(name)}</text>`
  );
}
