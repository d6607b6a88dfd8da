import { readCommandLine } from '../../../apps/local/src/command-line.ts';
import { FlagError, oneOfFlag, wholeNumberFlag } from './flag-values.ts';

export interface BenchOptions {
  readonly quick: boolean;
  /** Names of contestants and probes; empty for all. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  /** The products that the import of the probe `backlog` changes. */
  readonly backlogRows: number;
  /** Writes where the CPU time of the closed loop goes; the figures of such a run are dearer. */
  readonly profile: boolean;
  readonly out: string;
}

export type BenchFlags =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | ({ readonly kind: 'bench' } & BenchOptions);

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  'backlog-rows': { type: 'string', default: '100000' },
  profile: { type: 'boolean', default: false },
  out: { type: 'string', default: '.hotshelf/bench' },
  list: { type: 'boolean', default: false },
} as const;

export const BENCH = {
  options: OPTIONS,
  usage: `npm run bench [-- flags]

Measures Hotshelf beside other designs on this machine, holds the figures against the budgets, and writes bench.json,
report.html and table.md. Exits with 1 where a budget is missed, with 2 where it could not measure.

  --quick         everything once and briefly, without the million products: about two minutes
  --only NAME     one contestant or probe alone; may be given several times
  --rounds N      how often every contestant is measured, in turn: 1 to 50, by default 5 (quick: 1)
  --seconds N     how long each load is held: 1 to 600, by default 5 (quick: 1)
  --backlog-rows N  what the probe backlog replays: 1 to 1000000, by default 100000
  --profile       profiles the contestants that run on Node in the closed loop, and writes profiles.md and a .cpuprofile
                  of each round to the folder; the figures of such a run are dearer
  --out FOLDER    where the results go, by default .hotshelf/bench
  --list          the names that --only knows
  --help          this text
`,
} as const;

/**
 * @param known the names that --only may give
 * @throws FlagError that names the flag, its rule and what was given
 */
export function readBenchFlags(args: readonly string[], known: readonly string[]): BenchFlags {
  const line = readCommandLine(args, BENCH);
  if (line.kind === 'refused') throw new FlagError(line.complaint);
  if (line.kind === 'help') return line;
  const { values } = line;
  if (values.list) return { kind: 'list' };
  const { quick, profile, out } = values;
  return {
    kind: 'bench',
    quick,
    profile,
    out,
    only: values.only.map((name) => oneOfFlag('only', name, known)),
    rounds: wholeNumberFlag('rounds', values.rounds ?? (quick ? '1' : '5'), 1, 50),
    seconds: wholeNumberFlag('seconds', values.seconds ?? (quick ? '1' : '5'), 1, 600),
    backlogRows: wholeNumberFlag('backlog-rows', values['backlog-rows'], 1, 1_000_000),
  };
}
