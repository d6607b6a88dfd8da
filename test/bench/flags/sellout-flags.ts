import { readCommandLine } from '../../../apps/local/src/command-line.ts';
import { FlagError, wholeNumberFlag } from './flag-values.ts';

export interface SellOutOptions {
  readonly buyers: number;
  readonly readsPerSecond: number;
  readonly seconds: number;
}

export type SellOutFlags = { readonly kind: 'help' } | ({ readonly kind: 'sell-out' } & SellOutOptions);

export const SELL_OUT = {
  options: {
    buyers: { type: 'string', default: '32' },
    reads: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
  },
  usage: `npm run check:sellout [-- flags]

Sells one product out over two processes, again and again: buyers take one each and are refused most of the time, the stock
is raised a little four times a second, and readers ask for the product by the clock. Prints what the readers met. Exits
with 1 where their p99 is above 50 ms or one of them got 503, with 2 where it could not measure.

  --buyers N      buyers, each with one request under way: 1 to 256, by default 32
  --reads N       reads a second over both processes: 1 to 5000, by default 200
  --seconds N     length of the sale: 1 to 600, by default 20
  --help          this text
`,
} as const;

/** @throws FlagError that names the flag, its rule and what was given */
export function readSellOutFlags(args: readonly string[]): SellOutFlags {
  const line = readCommandLine(args, SELL_OUT);
  if (line.kind === 'refused') throw new FlagError(line.complaint);
  if (line.kind === 'help') return line;
  const { buyers, reads, seconds } = line.values;
  return {
    kind: 'sell-out',
    buyers: wholeNumberFlag('buyers', buyers, 1, 256),
    readsPerSecond: wholeNumberFlag('reads', reads, 1, 5_000),
    seconds: wholeNumberFlag('seconds', seconds, 1, 600),
  };
}
