import { median, type Sample, spread } from '../measure/sample.ts';

/** Three digits that mean something: 1234 → 1,234, 12.34 → 12.3, 0.1234 → 0.123. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  const digits =
    Math.abs(value) >= 100 || Number.isInteger(value)
      ? 0
      : Math.abs(value) >= 10
        ? 1
        : Math.abs(value) >= 1
          ? 2
          : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** Milliseconds as short as an axis wants them: 0.1 ms, 100 ms, 10 s. */
export function shownMs(ms: number): string {
  return ms >= 1_000 ? `${shown(ms / 1_000)} s` : `${Number(ms.toPrecision(3))} ms`;
}

/** The median, and in brackets between what and what the sample lies, where it has more than one. */
export function shownSample(sample: Sample): string {
  if (sample.length < 2) return shown(median(sample));
  const { least, greatest } = spread(sample);
  return `${shown(median(sample))} (${shown(least)}–${shown(greatest)})`;
}
