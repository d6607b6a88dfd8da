import { Histogram, type HistogramData } from '../load/histogram.ts';
import type { Run } from '../measure/run.ts';
import type { Sample } from '../measure/sample.ts';
import type { BenchResult, Named } from '../result.ts';

/** What one contestant did over all rounds. */
export interface Row extends Named {
  readonly isOurs: boolean;
  readonly runs: readonly Run[];
  readonly perSecond: Sample;
  readonly cpuMicros: Sample;
  readonly residentMib: Sample;
  /** The 99th percentile of the closed loop, in milliseconds, round by round. */
  readonly p99AtCeiling: Sample;
  /** Latency in the open loop at a quantile, in milliseconds, round by round. */
  atQuantile(q: number): Sample;
  readonly errors: number;
}

/** The contestants that were measured, in their order. */
export function rowsOf({ contestants, figures }: BenchResult): Row[] {
  return contestants
    .map((named) => ({ named, runs: figures.runs.filter(({ contestant }) => contestant === named.name) }))
    .filter(({ runs }) => runs.length > 0)
    .map(({ named, runs }) => ({
      ...named,
      isOurs: named.name.startsWith('hotshelf'),
      runs,
      perSecond: runs.map(({ perSecond }) => perSecond),
      cpuMicros: runs.map(({ cpuMicros }) => cpuMicros),
      residentMib: runs.map(({ residentMib }) => residentMib),
      p99AtCeiling: runs.map(({ latencyAtCeiling }) => msAt(0.99, latencyAtCeiling)),
      atQuantile: (q) => runs.map(({ open }) => msAt(q, open.latency)),
      errors: runs.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0),
    }));
}

const msAt = (q: number, latency: HistogramData) => Histogram.from(latency).quantile(q) / 1_000;
