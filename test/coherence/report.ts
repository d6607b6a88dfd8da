import type { CheckReport } from './checker.ts';
import type { CheckOptions } from './options.ts';

const SHOWN = 10;
const KINDS = [
  'never was',
  'older than allowed',
  'went back',
  'change lost',
  'nothing shown',
  'not in the feed',
  'out of order in the feed',
] as const;

const counted = (counts: ReadonlyMap<unknown, number | string>) =>
  [...counts].map(([name, count]) => `${name}: ${count}`).join(', ');

/** The run in words, the verdict last. */
export function describeReport(report: CheckReport, { seed, cluster, replicas }: CheckOptions): string {
  const { violations, reads, worstAgeMs, excused, statuses, tiers, writes, faults, feed } = report;
  const lines = [
    `over ${cluster || replicas ? `a Redis Cluster of three masters${replicas ? ' with a replica each' : ''}` : 'one Redis'}, seed ${seed}`,
    `reads judged: ${reads} (${counted(statuses)})`,
    `answered by: ${counted(tiers)}`,
    `marked stale by a process that could not ask Postgres: ${excused}`,
    `writes: ${counted(writes)}`,
    `faults: ${counted(faults)}`,
    `followed by ${counted(feed)}`,
    `the oldest answer was ${Math.round(worstAgeMs)} ms behind`,
    ...violations.slice(0, SHOWN).map(({ kind, text }) => `  ${kind}: ${text}`),
    ...KINDS.map((kind) => `${kind}: ${violations.filter((each) => each.kind === kind).length}`),
    `${violations.length} violations`,
  ];
  return `${lines.join('\n')}\n`;
}
