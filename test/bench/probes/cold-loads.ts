import { statementsDuring } from '../../support/statements.ts';
import type { Keys } from '../load/keys.ts';
import type { Arrivals, LoadPlan } from '../load/plan.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const PROCESSES = 4;
const LOAD = 'FROM products';
/** Answers are counted here, not timed: on a slow machine they may take long. */
const PATIENCE_MS = 60_000;
/** The four start with cold code as well as with cold caches: only the caches are meant. */
const WARM_UP: Keys = { kind: 'distinct', first: 0, count: 400 };

/** How many statements Postgres sees when everything is cold at once. */
export const coldLoads: Probe = {
  name: 'cold-loads',
  budgets: ['one-cold-key', 'cold-keys'],
  run: async (stage) => {
    const fleet = await startHotshelf(stage, PROCESSES, { REDIS_COMMAND_TIMEOUT: '2s' });
    try {
      const of = statementsOf(stage, fleet);
      await of(WARM_UP, { kind: 'burst', requests: 400 }, 100);
      const one = await of(
        { kind: 'uniform', first: 500, count: 1 },
        { kind: 'burst', requests: 1_000 },
        1_000,
      );
      const many: Keys = { kind: 'distinct', first: 1_000, count: 10_000 };
      const stages = [{ perSecond: 10_000, seconds: 1 }];
      const distinct = await of(many, { kind: 'open', stages }, 1_000);
      return { 'one-cold-key': measured(one), 'cold-keys': measured(distinct) };
    } finally {
      await stopAll(fleet);
    }
  },
};

/** @throws where a request fails: fewer statements by fewer answers is no merit */
function statementsOf(stage: Stage, fleet: readonly Server[]) {
  return async (keys: Keys, arrivals: Arrivals, connections: number): Promise<number> => {
    const ports = fleet.map(({ port }) => port);
    const plan: LoadPlan = { ports, connections, arrivals, keys, seed: 1, patienceMs: PATIENCE_MS };
    let errors: object = {};
    const statements = await statementsDuring(stage.catalogue, LOAD, async () => {
      ({ errors } = await stage.freeLoad.run(plan));
    });
    if (Object.keys(errors).length > 0) throw new Error(`cold reads failed: ${JSON.stringify(errors)}`);
    return statements;
  };
}
