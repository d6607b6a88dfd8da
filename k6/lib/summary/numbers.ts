/** A count with its thousands apart: 59,012. k6's runtime knows no locales. */
export function shownCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Milliseconds with three digits that mean something: 0.92 ms, 12.4 ms, 1.32 s. */
export function shownMs(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(ms >= 10_000 ? 1 : 2)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

/** A share as a percentage that never rounds a failure away: 99.998 %, not 100 %. */
export function shownShare(share: number): string {
  const percent = share * 100;
  const text = percent.toFixed(3);
  if (text === '100.000' && share < 1) return `${(Math.floor(percent * 1e6) / 1e6).toFixed(6)} %`;
  return `${text} %`;
}

/** The value of a threshold, in the unit of its metric. */
export function shownValue(value: number | undefined): string {
  if (value === undefined) return 'not measured';
  if (Number.isInteger(value)) return shownCount(value);
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(4)).toString();
}
