import type { Found } from '../budgets/budget.ts';
import { HOT_KEYS } from '../contestants/small-contestants.ts';
import type { BenchOptions } from '../flags/bench-flags.ts';
import { Histogram } from '../load/histogram.ts';
import type { LoadPlan } from '../load/plan.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const RATES = [10_400, 20_000];
const MIX_RATES = [10_400, 12_000];
/** Product, health and metrics as 3 : 1 : 0.5, as the predecessor's load test asked for them, over 10,000 products. */
const MIX: Partial<LoadPlan> = {
  keys: { kind: 'uniform', count: 10_000 },
  others: [
    { path: '/health', share: 1 / 4.5 },
    { path: '/metrics', share: 0.5 / 4.5 },
  ],
};
const SECONDS = 60;
const SECONDS_QUICK = 5;
const WARM_UP_SECONDS = 3;

/** The rate that took twelve machines, and about twice that, on this one: everything on it, nothing pinned. */
export const headline: Probe = {
  name: 'headline',
  budgets: budgetsOf('headline', RATES),
  run: (stage, options) => holdRates('headline', RATES, stage, options),
};

/** The same with the mix of the predecessor's load test. */
export const mix: Probe = {
  name: 'mix',
  budgets: budgetsOf('mix', MIX_RATES),
  run: (stage, options) => holdRates('mix', MIX_RATES, stage, options, MIX),
};

function budgetsOf(name: string, rates: readonly number[]): string[] {
  return rates.flatMap((rate) => [`${name}-${rate}`, `${name}-${rate}-errors`]);
}

async function holdRates(
  name: string,
  rates: readonly number[],
  stage: Stage,
  { quick }: BenchOptions,
  requests: Partial<LoadPlan> = {},
): Promise<Record<string, Found>> {
  const servers = await startHotshelf(stage, 1);
  try {
    const hold = holding(stage, servers, requests);
    await hold(4_000, WARM_UP_SECONDS);
    const found: Record<string, Found> = {};
    for (const perSecond of rates) {
      const { latency, errors, timeline } = await hold(perSecond, quick ? SECONDS_QUICK : SECONDS);
      const p99Ms = Histogram.from(latency).quantile(0.99) / 1_000;
      const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
      found[`${name}-${perSecond}`] = { kind: 'measured', values: [p99Ms], timeline };
      found[`${name}-${perSecond}-errors`] = measured(failed);
    }
    return found;
  } finally {
    await stopAll(servers);
  }
}

function holding(stage: Stage, servers: readonly Server[], requests: Partial<LoadPlan>) {
  const plan: Omit<LoadPlan, 'arrivals'> = {
    ports: servers.map(({ port }) => port),
    connections: 256,
    keys: { kind: 'uniform', count: HOT_KEYS },
    seed: 1,
    ...requests,
  };
  return (perSecond: number, seconds: number) =>
    stage.freeLoad.run({ ...plan, arrivals: { kind: 'open', stages: [{ perSecond, seconds }] } });
}
