import { parseArgs } from 'node:util';

export interface CheckOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Over a Redis Cluster of three masters instead of one server. */
  readonly cluster: boolean;
  /** Only faults whose name contains this; empty for all. */
  readonly only: string;
  /** How many of the processes are never killed; default 0. */
  readonly spared?: number;
}

/** @throws Error that names the flag and its rule */
export function readOptions(args: readonly string[]): CheckOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      cluster: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  const { cluster, only } = values;
  return {
    seconds: wholeNumber('seconds', values.seconds),
    seed: wholeNumber('seed', values.seed),
    cluster,
    only,
  };
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Error(`--${flag} must be a whole number of at most six digits; it is ${text}`);
}
