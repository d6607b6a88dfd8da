import type { HistogramData } from './histogram.ts';
import type { Keys } from './keys.ts';

/** A rate that is held for a while. */
export interface Stage {
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * How requests come. Closed: each connection sends its next one when it has its answer, which finds the ceiling. Open:
 * they come by the clock, whether earlier ones were answered or not, as customers do.
 */
export type Arrivals =
  | { readonly kind: 'closed'; readonly seconds: number }
  /** All at the same moment, once. */
  | { readonly kind: 'burst'; readonly requests: number }
  | { readonly kind: 'open'; readonly stages: readonly Stage[] };

export interface LoadPlan {
  /** The requests are spread over these, in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly arrivals: Arrivals;
  readonly keys: Keys;
  readonly seed: number;
  /** A share of requests that change a product's stock instead, by the key given. */
  readonly writes?: { readonly share: number; readonly apiKey: string };
  /** Shares of requests that ask for another path instead. */
  readonly others?: readonly { readonly path: string; readonly share: number }[];
  /** When a client gives up, in milliseconds from the moment its request was due. Default: 10 s. */
  readonly patienceMs?: number;
}

/** What happened within one second, by the second in which a request was answered or given up. */
export interface Second {
  readonly requests: number;
  readonly errors: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** By the tier that answered, where the answer names one. */
  readonly tiers: Readonly<Record<string, number>>;
}

export interface LoadResult {
  readonly seconds: number;
  readonly requests: number;
  /** By kind: `status 503`, `timeout`, `ECONNRESET` … */
  readonly errors: Readonly<Record<string, number>>;
  /** Microseconds from the moment a request was due to the last byte of its answer. */
  readonly latency: HistogramData;
  readonly timeline: readonly Second[];
  /** What the generator itself used of one core, from 0 to 1. */
  readonly generatorCpu: number;
  /** How late the generator was to take up requests that were due: its 99th percentile, in microseconds. */
  readonly generatorLagMicros: number;
}
