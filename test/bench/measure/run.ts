import type { HistogramData } from '../load/histogram.ts';

/** What one contestant did in one round. */
export interface Run {
  readonly contestant: string;
  readonly round: number;
  /** Closed loop: as many requests a second as it could answer. */
  readonly perSecond: number;
  /** CPU time of the server's processes a request, in microseconds, while at that ceiling. */
  readonly cpuMicros: number;
  /** Of the closed loop. */
  readonly latencyAtCeiling: HistogramData;
  /** Open loop: at a rate that is the same for all. */
  readonly open: { readonly perSecond: number; readonly latency: HistogramData };
  /** Of both loads together, by kind. */
  readonly errors: Readonly<Record<string, number>>;
  readonly residentMib: number;
  /** The share of a core that the generator used at the ceiling. Near 1, the ceiling is the generator's. */
  readonly generatorCpu: number;
  /** How late the generator took up requests in the open loop: 99th percentile, microseconds. */
  readonly generatorLagMicros: number;
}

export type Outcome =
  | { readonly kind: 'measured'; readonly run: Run }
  | { readonly kind: 'not measured'; readonly contestant: string; readonly reason: string };
