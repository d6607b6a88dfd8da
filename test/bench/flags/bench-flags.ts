import { parseArgs } from 'node:util';
import { oneOfFlag, parsingFlags, wholeNumberFlag } from './flag-values.ts';

export const BENCH_HELP = `npm run bench [-- flags]

Measures Hotshelf beside other designs on this machine, holds the figures against the budgets, and writes bench.json,
report.html and table.md. Exits with 1 where a budget is missed, with 2 where it could not measure.

  --quick         everything once and briefly, without the million products: about two minutes
  --only NAME     one contestant or probe alone; may be given several times
  --rounds N      how often every contestant is measured, in turn: 1 to 50, by default 5 (quick: 1)
  --seconds N     how long each load is held: 1 to 600, by default 5 (quick: 1)
  --out FOLDER    where the results go, by default .hotshelf/bench
  --list          the names that --only knows
  --help          this text
`;

export interface BenchOptions {
  readonly quick: boolean;
  /** Names of contestants and probes; empty for all. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
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
  out: { type: 'string', default: '.hotshelf/bench' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * @param known the names that --only may give
 * @throws FlagError that names the flag, its rule and what was given
 */
export function readBenchFlags(args: readonly string[], known: readonly string[]): BenchFlags {
  const { values } = parsingFlags(() => parseArgs({ args: [...args], options: OPTIONS }));
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const { quick, out } = values;
  return {
    kind: 'bench',
    quick,
    out,
    only: values.only.map((name) => oneOfFlag('only', name, known)),
    rounds: wholeNumberFlag('rounds', values.rounds ?? (quick ? '1' : '5'), 1, 50),
    seconds: wholeNumberFlag('seconds', values.seconds ?? (quick ? '1' : '5'), 1, 600),
  };
}
