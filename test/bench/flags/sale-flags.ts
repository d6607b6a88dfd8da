import { readCommandLine } from '../../../apps/local/src/command-line.ts';
import { FlagError, wholeNumberFlag } from './flag-values.ts';

export interface SaleOptions {
  readonly rate: number;
  readonly quick: boolean;
  readonly out: string;
}

export type SaleFlags = { readonly kind: 'help' } | ({ readonly kind: 'sale' } & SaleOptions);

const OPTIONS = {
  rate: { type: 'string', default: '4200' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string', default: '.hotshelf/bench' },
} as const;

export const SALE = {
  options: OPTIONS,
  usage: `npm run flashsale [-- flags]

Puts the same flash sale on the naive design and on Hotshelf, one after the other: steady traffic, a spike of 2.5 times
on cold caches, Redis lost and back, recovery. Writes flashsale.html, flashsale.md and flashsale.json.

  --rate N        the steady requests a second: 1 to 100000, by default 4200
  --quick         each phase for a few seconds
  --out FOLDER    where the results go, by default .hotshelf/bench
  --help          this text
`,
} as const;

/** @throws FlagError that names the flag, its rule and what was given */
export function readSaleFlags(args: readonly string[]): SaleFlags {
  const line = readCommandLine(args, SALE);
  if (line.kind === 'refused') throw new FlagError(line.complaint);
  if (line.kind === 'help') return line;
  const { values } = line;
  const { quick, out } = values;
  return { kind: 'sale', quick, out, rate: wholeNumberFlag('rate', values.rate, 1, 100_000) };
}
