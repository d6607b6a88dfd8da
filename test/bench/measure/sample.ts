/** Several measurements of one thing. */
export type Sample = readonly number[];

/** The middle one; of an even number, the mean of the two in the middle. NaN where there is none. */
export function median(sample: Sample): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Where the sample lies: its least and its greatest. */
export function spread(sample: Sample): { least: number; greatest: number } {
  return { least: Math.min(...sample), greatest: Math.max(...sample) };
}
