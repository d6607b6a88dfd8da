import type { Found } from '../budgets/budget.ts';
import { HOT_KEYS } from '../contestants/small-contestants.ts';
import { Histogram } from '../load/histogram.ts';
import type { LoadPlan } from '../load/plan.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const RATES = [10_400, 20_000];
const SECONDS = 60;
const SECONDS_QUICK = 5;
const WARM_UP_SECONDS = 3;

/** The rate that took twelve machines, and about twice that, on this one: everything on it, nothing pinned. */
export const headline: Probe = {
  name: 'headline',
  budgets: RATES.flatMap((rate) => [`headline-${rate}`, `headline-${rate}-errors`]),
  run: async (stage, { quick }) => {
    const servers = await startHotshelf(stage, 1);
    try {
      const hold = holding(stage, servers);
      await hold(4_000, WARM_UP_SECONDS);
      const found: [string, Found][] = [];
      for (const perSecond of RATES) {
        const { latency, errors, timeline } = await hold(perSecond, quick ? SECONDS_QUICK : SECONDS);
        const p99Ms = Histogram.from(latency).quantile(0.99) / 1_000;
        const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
        found.push([`headline-${perSecond}`, { kind: 'measured', values: [p99Ms], timeline }]);
        found.push([`headline-${perSecond}-errors`, measured(failed)]);
      }
      return Object.fromEntries(found);
    } finally {
      await stopAll(servers);
    }
  },
};

function holding(stage: Stage, servers: readonly Server[]) {
  const plan: Omit<LoadPlan, 'arrivals'> = {
    ports: servers.map(({ port }) => port),
    connections: 256,
    keys: { kind: 'uniform', count: HOT_KEYS },
    seed: 1,
  };
  return (perSecond: number, seconds: number) =>
    stage.freeLoad.run({ ...plan, arrivals: { kind: 'open', stages: [{ perSecond, seconds }] } });
}
