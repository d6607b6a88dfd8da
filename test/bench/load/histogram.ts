/** Below this, every whole number has a bucket; above, each power of two is cut into half as many. */
const EXACT = 256;
const HALF = EXACT / 2;
const HALF_BITS = 7;
const MAX_VALUE = 2 ** 31 - 1;
const BUCKETS = (32 - HALF_BITS) * HALF + HALF;

/** A histogram as it travels between processes: the buckets that hold something. */
export interface HistogramData {
  readonly buckets: readonly (readonly [index: number, count: number])[];
  readonly max: number;
}

/**
 * Counts whole numbers from 0 to 2^31 - 1 (microseconds here: up to 35 minutes) in log-linear buckets, the layout of
 * HdrHistogram (Tene): constant memory, and a quantile is never more than 1/128 above the exact one, never below.
 */
export class Histogram {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private highest = 0;

  static from({ buckets, max }: HistogramData): Histogram {
    const histogram = new Histogram();
    for (const [index, count] of buckets) histogram.addTo(index, count);
    histogram.highest = max;
    return histogram;
  }

  get count(): number {
    return this.total;
  }

  get max(): number {
    return this.highest;
  }

  /** @param value below 0 counts as 0, above the range as its end; fractions are rounded */
  record(value: number): void {
    const whole = Math.min(MAX_VALUE, Math.max(0, Math.round(value)));
    this.addTo(bucketOf(whole), 1);
    if (whole > this.highest) this.highest = whole;
  }

  add(other: Histogram): void {
    for (const [index, count] of other.toData().buckets) this.addTo(index, count);
    this.highest = Math.max(this.highest, other.highest);
  }

  /**
   * @param q from 0 to 1
   * @returns the least value that this share of all does not exceed; 0 where nothing was recorded
   */
  quantile(q: number): number {
    let left = Math.max(1, Math.ceil(q * this.total));
    for (let index = 0; index < BUCKETS && this.total > 0; index++) {
      left -= this.counts[index] ?? 0;
      if (left <= 0) return Math.min(this.highest, endOf(index));
    }
    return this.highest;
  }

  toData(): HistogramData {
    const buckets: [number, number][] = [];
    for (const [index, count] of this.counts.entries()) if (count > 0) buckets.push([index, count]);
    return { buckets, max: this.highest };
  }

  private addTo(index: number, count: number): void {
    this.counts[index] = (this.counts[index] ?? 0) + count;
    this.total += count;
  }
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - HALF_BITS);
  return shift * HALF + (value >> shift);
}

/** The greatest value that falls into a bucket. */
function endOf(index: number): number {
  const shift = index < EXACT ? 0 : Math.floor(index / HALF) - 1;
  return (index - shift * HALF + 1) * 2 ** shift - 1;
}
