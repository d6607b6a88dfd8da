import { median, type Sample, spread } from '../../measure/sample.ts';
import { escaped } from '../escape.ts';
import { shownSample } from '../numbers.ts';
import { linearScale } from './scale.ts';

export interface Bar {
  readonly name: string;
  readonly sample: Sample;
  /** The product's own, in a colour that stands out. */
  readonly isOurs: boolean;
}

const WIDTH = 390;
const ROW = 34;
const BAR = 10;

/** One row for each: its name and figure above, its bar below with a whisker from the least to the greatest. */
export function barPlot(label: string, bars: readonly Bar[]): string {
  const greatest = Math.max(...bars.flatMap(({ sample }) => [...sample]), 0);
  const { place } = linearScale(greatest);
  const rows = bars.map((bar, n) => row(bar, n * ROW, (value) => place(value) * (WIDTH - 2)));
  const height = bars.length * ROW;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(label)}">${rows.join('')}</svg>`;
}

function row({ name, sample, isOurs }: Bar, top: number, width: (value: number) => number): string {
  const { least, greatest } = spread(sample);
  const middle = top + 19 + BAR / 2;
  const whisker = `<line class="whisker" x1="${width(least).toFixed(1)}" x2="${width(greatest).toFixed(1)}" y1="${middle}" y2="${middle}"/>`;
  return (
    `<text x="0" y="${top + 13}">${escaped(name)}</text>` +
    `<text x="${WIDTH}" y="${top + 13}" text-anchor="end">${escaped(shownSample(sample))}</text>` +
    `<rect x="0" y="${top + 19}" width="${Math.max(1, width(median(sample))).toFixed(1)}" height="${BAR}" rx="2" fill="var(--s${isOurs ? 0 : 6})"/>` +
    (sample.length > 1 ? whisker : '')
  );
}
