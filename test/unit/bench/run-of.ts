import type { Run } from '../../bench/measure/run.ts';

/** A run of a contestant; only the cost is of interest. */
export function runOf(contestant: string, round: number, cpuMicros: number): Run {
  return {
    contestant,
    round,
    cpuMicros,
    perSecond: 1_000_000 / cpuMicros,
    latencyAtCeiling: { buckets: [[cpuMicros, 10]], max: cpuMicros },
    open: { perSecond: 1_000, latency: { buckets: [[200, 10]], max: 200 } },
    errors: {},
    residentMib: 100,
    generatorCpu: 0.5,
    generatorLagMicros: 300,
  };
}
