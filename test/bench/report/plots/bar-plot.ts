import { median, type Sample, spread } from '../../measure/sample.ts';
import { escaped } from '../escape.ts';
import { shown, shownSample } from '../numbers.ts';
import { linearScale, logScale, type Scale } from './scale.ts';

export interface Bar {
  readonly name: string;
  readonly sample: Sample;
  /** The product's own, in a colour that stands out. */
  readonly isOurs: boolean;
}

const WIDTH = 390;
const ROW = 34;
const BAR = 10;
const AXIS = 30;
/** From here on the small values would be slivers beside the great ones. */
const DECADE = 10;

/**
 * One row for each: its name and figure above, its bar below with a whisker from the least to the greatest. If the values span
 * more than a decade, the axis is logarithmic, and a point takes the place of the bar: the length of a bar would mean nothing.
 *
 * @param label what is measured, in which unit
 */
export function barPlot(label: string, bars: readonly Bar[]): string {
  const values = bars.flatMap(({ sample }) => [...sample]);
  const [least, greatest] = [Math.min(...values), Math.max(...values, 0)];
  const isLog = least > 0 && greatest / least > DECADE;
  const scale = isLog ? logScale(least, greatest) : linearScale(greatest);
  const x = (value: number) => scale.place(value) * (WIDTH - 2);
  const rows = bars.map((bar, n) => row(bar, n * ROW, x, isLog));
  const bottom = bars.length * ROW;
  const axis = isLog ? logAxis(label, scale, x, bottom) : '';
  const height = bottom + (isLog ? AXIS : 0);
  const title = isLog ? `${label}, logarithmic` : label;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">${axis}${rows.join('')}</svg>`;
}

function logAxis(label: string, { ticks }: Scale, x: (value: number) => number, bottom: number): string {
  const lines = ticks.map((tick, n) => {
    const at = x(tick).toFixed(1);
    const anchor = n === 0 ? 'start' : n === ticks.length - 1 ? 'end' : 'middle';
    return (
      `<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${bottom}"/>` +
      `<text class="tick" x="${at}" y="${bottom + 12}" text-anchor="${anchor}">${escaped(shown(tick))}</text>`
    );
  });
  const middle = WIDTH / 2;
  return `${lines.join('')}<text class="tick" x="${middle}" y="${bottom + 26}" text-anchor="middle">${escaped(label)}, logarithmic axis</text>`;
}

function row(
  { name, sample, isOurs }: Bar,
  top: number,
  x: (value: number) => number,
  isLog: boolean,
): string {
  const { least, greatest } = spread(sample);
  const middle = top + 19 + BAR / 2;
  const fill = `var(--s${isOurs ? 0 : 6})`;
  const at = x(median(sample));
  const mark = isLog
    ? `<circle cx="${at.toFixed(1)}" cy="${middle}" r="${BAR / 2}" fill="${fill}"/>`
    : `<rect x="0" y="${top + 19}" width="${Math.max(1, at).toFixed(1)}" height="${BAR}" rx="2" fill="${fill}"/>`;
  const whisker = `<line class="whisker" x1="${x(least).toFixed(1)}" x2="${x(greatest).toFixed(1)}" y1="${middle}" y2="${middle}"/>`;
  return (
    `<text x="0" y="${top + 13}">${escaped(name)}</text>` +
    `<text x="${WIDTH}" y="${top + 13}" text-anchor="end">${escaped(shownSample(sample))}</text>` +
    mark +
    (sample.length > 1 ? whisker : '')
  );
}
