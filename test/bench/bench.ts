import { type Found, judge } from './budgets/budget.ts';
import { BUDGETS } from './budgets/budgets.ts';
import { conditionsOf } from './conditions.ts';
import type { Contestant } from './contestants/contestant.ts';
import { hotshelfContestants } from './contestants/hotshelf-contestants.ts';
import { SMALL_CONTESTANTS } from './contestants/small-contestants.ts';
import type { BenchOptions } from './flags/bench-flags.ts';
import { measureContestant } from './measure/measure-contestant.ts';
import type { Outcome } from './measure/run.ts';
import type { Probe } from './probes/probe.ts';
import { PROBES } from './probes/probes.ts';
import type { BenchResult } from './result.ts';
import { type Stage, setStage } from './stage.ts';

/** The same for all, and little enough for the slowest. */
const OPEN_PER_SECOND = 1_000;
const PRODUCTS = 1_000_000;
const PRODUCTS_QUICK = 200_000;
const WARM_UP_SHARE = 0.5;

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
    const outcomes = await measureRounds(contestants, { stage, options, say });
    const found = await runProbes(probes, { stage, options, say });
    const figures = { runs: outcomes.flatMap((it) => (it.kind === 'measured' ? it.run : [])), probes: found };
    const verdicts = BUDGETS.map((budget) => judge(budget, figures));
    const named = contestants.map(({ name, title, about }) => ({ name, title, about }));
    return { conditions, contestants: named, outcomes, figures, verdicts };
  } finally {
    await stage.stop();
  }
}

function productsFor(
  contestants: readonly Contestant[],
  probes: readonly Probe[],
  { quick }: BenchOptions,
): number {
  const largest = quick ? 20_000 : PRODUCTS;
  return Math.max(1_000, ...contestants.map(({ products }) => products), probes.length > 0 ? largest : 0);
}

interface Doing {
  readonly stage: Stage;
  readonly options: BenchOptions;
  readonly say: Say;
}

/** Round after round rather than contestant after contestant: a slow minute of the machine meets all of them. */
async function measureRounds(contestants: readonly Contestant[], doing: Doing): Promise<Outcome[]> {
  const { stage, options, say } = doing;
  const outcomes: Outcome[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const contestant of contestants) {
      const warmUpSeconds = Math.max(1, options.seconds * WARM_UP_SHARE);
      const measuring = {
        stage,
        round,
        seconds: options.seconds,
        warmUpSeconds,
        openPerSecond: OPEN_PER_SECOND,
      };
      const outcome = await measureContestant(contestant, measuring);
      say(`${round}/${options.rounds} ${contestant.name}: ${describe(outcome)}`);
      outcomes.push(outcome);
    }
  }
  return outcomes;
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'not measured') return `not measured, ${outcome.reason}`;
  const { perSecond, cpuMicros, errors } = outcome.run;
  const failed = Object.keys(errors).length > 0 ? `, errors ${JSON.stringify(errors)}` : '';
  return `${Math.round(perSecond)} requests/s, ${cpuMicros.toFixed(1)} µs of CPU each${failed}`;
}

async function runProbes(probes: readonly Probe[], { stage, options, say }: Doing) {
  const found: Record<string, Found> = {};
  for (const probe of probes) {
    say(`probe ${probe.name} …`);
    Object.assign(found, await probe.run(stage, options));
  }
  return found;
}
