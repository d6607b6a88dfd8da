import { commandLine } from '../../apps/local/src/command-line.ts';
import { CHECK_COHERENCE } from '../support/commands.ts';

export interface CheckOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Over a Redis Cluster of three masters instead of one server. */
  readonly cluster: boolean;
  /** With a replica of each of the three, and the faults that need them; default false. */
  readonly replicas?: boolean;
  /** Only faults whose name contains this; empty for all. */
  readonly only: string;
  /** How many of the processes are never killed; default 0. */
  readonly spared?: number;
  /** Whether the change feed is followed and judged; default false. */
  readonly feed?: boolean;
}

/** @throws Error that names the flag and its rule */
export function readOptions(args: readonly string[]): CheckOptions {
  const { cluster, feed, only, replicas, seconds, seed } = commandLine(CHECK_COHERENCE, args).values;
  return {
    seconds: wholeNumber('seconds', seconds),
    seed: wholeNumber('seed', seed),
    cluster,
    replicas,
    only,
    feed,
  };
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Error(`--${flag} must be a whole number of at most six digits; it is ${text}`);
}
