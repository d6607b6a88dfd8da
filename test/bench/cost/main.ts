import { judge } from '../budgets/budget.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { hotshelfContestants } from '../contestants/hotshelf-contestants.ts';
import { PRODUCTS } from '../contestants/products.ts';
import { SMALL_CONTESTANTS } from '../contestants/small-contestants.ts';
import { coldLoads } from '../probes/cold-loads.ts';
import { measured } from '../probes/probe.ts';
import { endOnSignals } from '../processes/end-on-signals.ts';
import { describeValue } from '../report/bench-table.ts';
import { setStage } from '../stage.ts';
import { allocatedPerRequest } from './allocated.ts';
import { cpuRatios } from './cpu-ratio.ts';
import { COST_LIMITS } from './limits.ts';

function contestant(wanted: string): Contestant {
  const found = [...SMALL_CONTESTANTS, ...hotshelfContestants(PRODUCTS)].find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no contestant ${wanted}`);
  return found;
}

/** Fails where a change made requests dearer, by what does not wobble with the machine: for CI. */
endOnSignals();
const [hot, bare] = [contestant('hotshelf-hot'), contestant('fastify-map')];
const stage = await setStage(2 * PRODUCTS);
try {
  const ratios = await cpuRatios([hot, bare], stage);
  const bytes = (await allocatedPerRequest(hot, stage)) / (await allocatedPerRequest(bare, stage));
  const options = { quick: true, only: [], rounds: 1, seconds: 1, backlogRows: 1, profile: false, out: '' };
  const cold = await coldLoads.run(stage, options, () => undefined);
  const probes = { 'cost-cpu': measured(...ratios), 'cost-bytes': measured(bytes), ...cold };
  const verdicts = COST_LIMITS.map((limit) => judge(limit, { runs: [], probes }));
  for (const verdict of verdicts) {
    const { what, formula, limit, unit } = verdict.budget;
    process.stdout.write(
      `${verdict.kind}: ${what} (${formula}): ${describeValue(verdict)}, limit ${limit} ${unit}\n`,
    );
  }
  process.exitCode = verdicts.every(({ kind }) => kind === 'met') ? 0 : 1;
} finally {
  await stage.stop();
}
