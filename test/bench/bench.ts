import { judge } from './budgets/budget.ts';
import { BUDGETS } from './budgets/budgets.ts';
import { conditionsOf } from './conditions.ts';
import type { Contestant } from './contestants/contestant.ts';
import { hotshelfContestants } from './contestants/hotshelf-contestants.ts';
import { SMALL_CONTESTANTS } from './contestants/small-contestants.ts';
import type { BenchOptions } from './flags/bench-flags.ts';
import { measureRounds, runProbes } from './measure/measure-rounds.ts';
import { noisyBanner } from './noise.ts';
import type { Probe } from './probes/probe.ts';
import { PROBES } from './probes/probes.ts';
import type { BenchResult } from './result.ts';
import { setStage } from './stage.ts';

const PRODUCTS = 1_000_000;
const PRODUCTS_QUICK = 200_000;

export function contestantsFor(quick: boolean): readonly Contestant[] {
  return [...SMALL_CONTESTANTS, ...hotshelfContestants(quick ? PRODUCTS_QUICK : PRODUCTS)];
}

/** What --only may name. */
export const NAMES: readonly string[] = [...contestantsFor(true), ...PROBES].map(({ name }) => name);

export type Say = (line: string) => void;

/** Measures what the options name, in rounds, and judges the budgets that this serves. */
export async function bench(options: BenchOptions, command: string, say: Say): Promise<BenchResult> {
  const isWanted = ({ name }: { name: string }) => options.only.length === 0 || options.only.includes(name);
  const contestants = contestantsFor(options.quick).filter(isWanted);
  const probes = PROBES.filter(isWanted);
  const stage = await setStage(productsFor(contestants, probes, options));
  try {
    const conditions = await conditionsOf(command, stage);
    const banner = noisyBanner(conditions);
    if (banner !== undefined) say(banner);
    const failures: string[] = [];
    const fail = (what: string, error: unknown) => {
      failures.push(`${what}: ${(error as Error).stack}`);
      return `failed: ${(error as Error).message}`;
    };
    const doing = { stage, options, say, fail };
    const outcomes = await measureRounds(contestants, doing);
    const found = await runProbes(probes, doing);
    const figures = { runs: outcomes.flatMap((it) => (it.kind === 'measured' ? it.run : [])), probes: found };
    const verdicts = BUDGETS.map((budget) => judge(budget, figures));
    const named = contestants.map(({ name, title, about }) => ({ name, title, about }));
    return { conditions, contestants: named, outcomes, figures, verdicts, failures };
  } finally {
    await stage.stop();
  }
}

function productsFor(
  contestants: readonly Contestant[],
  probes: readonly Probe[],
  { quick, backlogRows }: BenchOptions,
): number {
  const imported = probes.some(({ name }) => name === 'backlog') ? backlogRows : 0;
  const largest = quick ? Math.max(20_000, imported) : PRODUCTS;
  return Math.max(1_000, ...contestants.map(({ products }) => products), probes.length > 0 ? largest : 0);
}
