import type { Found } from '../budgets/budget.ts';
import type { Contestant } from '../contestants/contestant.ts';
import type { BenchOptions } from '../flags/bench-flags.ts';
import type { Probe } from '../probes/probe.ts';
import { showingProgress } from '../progress.ts';
import type { Stage } from '../stage.ts';
import { measureContestant } from './measure-contestant.ts';
import type { Outcome } from './run.ts';

/** The same for all, and little enough for the slowest. */
const OPEN_PER_SECOND = 1_000;
const WARM_UP_SHARE = 0.5;

export interface Doing {
  readonly stage: Stage;
  readonly options: BenchOptions;
  /** Shows how far it has come. */
  readonly say: (line: string) => void;
  /** Takes note of what could not be measured although it should: the rest goes on. */
  readonly fail: (what: string, error: unknown) => string;
}

/** Round after round rather than contestant after contestant: a slow minute of the machine meets all of them. */
export async function measureRounds(contestants: readonly Contestant[], doing: Doing): Promise<Outcome[]> {
  const { rounds } = doing.options;
  const outcomes: Outcome[] = [];
  const widest = Math.max(...contestants.map(({ name }) => name.length));
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const place = `${String(round).padStart(String(rounds).length)}/${rounds}`;
      const outcome = await showingProgress(`${place}  ${contestant.name}`, () =>
        measureOne(contestant, round, doing),
      );
      doing.say(`${place}  ${contestant.name.padEnd(widest)}  ${describe(outcome)}`);
      outcomes.push(outcome);
    }
  }
  return outcomes;
}

async function measureOne(contestant: Contestant, round: number, doing: Doing): Promise<Outcome> {
  const { stage, options, fail } = doing;
  const { seconds, profile, out } = options;
  const warmUpSeconds = Math.max(1, seconds * WARM_UP_SHARE);
  const measuring = {
    stage,
    round,
    seconds,
    warmUpSeconds,
    openPerSecond: OPEN_PER_SECOND,
    ...(profile && { profileTo: out }),
  };
  try {
    return await measureContestant(contestant, measuring);
  } catch (error) {
    const reason = fail(contestant.name, error);
    return { kind: 'not measured', contestant: contestant.name, reason };
  }
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'not measured') return `not measured, ${outcome.reason}`;
  const { perSecond, cpuMicros, errors } = outcome.run;
  const failed = Object.keys(errors).length > 0 ? `, errors ${JSON.stringify(errors)}` : '';
  const [rate, cost] = [Math.round(perSecond).toLocaleString('en-US'), cpuMicros.toFixed(1)];
  return `${rate.padStart(8)} requests/s  ${cost.padStart(7)} µs of CPU each${failed}`;
}

export async function runProbes(
  probes: readonly Probe[],
  { stage, options, say, fail }: Doing,
): Promise<Record<string, Found>> {
  const found: Record<string, Found> = {};
  for (const probe of probes) {
    say(`probe ${probe.name} …`);
    try {
      Object.assign(
        found,
        await showingProgress(`probe ${probe.name}`, () => probe.run(stage, options, say)),
      );
    } catch (error) {
      const reason = fail(probe.name, error);
      for (const budget of probe.budgets) found[budget] = { kind: 'not measured', reason };
    }
  }
  return found;
}
