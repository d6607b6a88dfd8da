import { commandLine, USAGE_ERROR } from '../../apps/local/src/command-line.ts';
import { LEAST_P99_MS, type Load } from './size.ts';

const DEFAULTS = {
  rps: '10400',
  'p99-ms': '25',
  'hit-ratio': '0.98',
  writes: '50',
  'l1-share': '0.9',
  products: '1000000',
  machine: 'c7g.xlarge',
} as const;

const text = { type: 'string' } as const;
const OPTIONS = {
  ...Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, text])),
  prices: text,
  bench: text,
  out: text,
} as Readonly<Record<keyof typeof DEFAULTS | 'prices' | 'bench' | 'out', typeof text>>;

const USAGE = `npm run capacity [-- flags]

Sizes a fleet for a load, from what a request costs (deploy/capacity/measured.json), and what it costs a month, from
deploy/capacity/prices.json: a table, the assumptions, and capacity.html with plots over rates.

  --rps N          requests a second at the peak, writes among them, by default ${DEFAULTS.rps}
  --p99-ms N       the p99 to keep, at least ${LEAST_P99_MS}, by default ${DEFAULTS['p99-ms']}
  --hit-ratio N    reads that a cache answers, 0 to 1, by default ${DEFAULTS['hit-ratio']}
  --writes N       writes a second, by default ${DEFAULTS.writes}
  --l1-share N     hits that L1 answers, the others Redis, 0 to 1, by default ${DEFAULTS['l1-share']}
  --products N     products in the caches, by default ${DEFAULTS.products}
  --machine NAME   a machine of the price file, by default ${DEFAULTS.machine}
  --prices FILE    a price file of your own
  --bench FILE     the costs of a bench of your own: its bench.json
  --out FOLDER     where capacity.html goes, by default .hotshelf/capacity
  --help           this text`;

export interface Asked {
  readonly load: Load;
  readonly prices?: string;
  readonly bench?: string;
  readonly out?: string;
}

/** Ends the process with 2 and one line if a flag is unknown or out of its range. */
export function readFlags(args: readonly string[]): Asked {
  const { prices, bench, out, ...values } = commandLine({ usage: USAGE, options: OPTIONS }, args).values;
  const number = (name: Exclude<keyof typeof DEFAULTS, 'machine'>, least: number, most: number): number => {
    const given = values[name] ?? DEFAULTS[name];
    const value = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most) return value;
    return refuse(`--${name} must be a number from ${least} to ${most}; it is ${JSON.stringify(given)}.`);
  };
  const load = {
    rps: number('rps', 1, 100_000_000),
    p99Ms: number('p99-ms', LEAST_P99_MS, 10_000),
    hitRatio: number('hit-ratio', 0, 1),
    writesPerSecond: number('writes', 0, 1_000_000),
    l1Share: number('l1-share', 0, 1),
    products: number('products', 1, 10_000_000_000),
    machine: values.machine ?? DEFAULTS.machine,
  };
  if (load.writesPerSecond > load.rps)
    return refuse(`--writes must be at most --rps, ${load.rps}; it is ${load.writesPerSecond}.`);
  return {
    load,
    ...(prices !== undefined && { prices }),
    ...(bench !== undefined && { bench }),
    ...(out !== undefined && { out }),
  };
}

export function refuse(complaint: string): never {
  process.stderr.write(`${complaint}\n`);
  process.exit(USAGE_ERROR);
}
