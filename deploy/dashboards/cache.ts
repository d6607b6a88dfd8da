import { type Dashboard, graph, stat, timeline } from './panel.ts';
import { quantile, rate, series, share, sum } from './promql.ts';

const HITS = series('cache_hits_total');
const MISSES = series('cache_misses_total');
const tier = (name: string, of: string) => series(of, `cache_type="${name}"`);
const LOOK_UPS = `(${sum(rate(tier('l1', 'cache_hits_total')))} + ${sum(rate(tier('l1', 'cache_misses_total')))})`;

const HOLDS = [
  { value: 0, text: 'no', color: 'red' },
  { value: 1, text: 'yes', color: 'green' },
] as const;

export const cache: Dashboard = {
  name: 'cache',
  title: 'Hotshelf / Cache',
  description:
    'Which tier answers, what is loaded from Postgres, and whether the tiers hold what was committed.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          {
            title: 'Answered from a cache',
            description: 'Share of look-ups that L1 or L2 answered.',
            unit: 'percentunit',
            decimals: 1,
            runbook: 'hotshelfcachecold',
          },
          share(sum(rate(HITS)), LOOK_UPS),
        ),
        stat(
          {
            title: 'Loads',
            description: 'Loads from Postgres per second.',
            unit: 'ops',
            runbook: 'hotshelfcachecold',
          },
          sum(rate(series('cache_load_seconds_count'))),
        ),
        stat(
          {
            title: 'L1 is synced',
            description: 'Whether the tracking link of every process delivers invalidations.',
            unit: 'short',
            states: HOLDS,
            runbook: 'hotshelftrackinglost',
          },
          `min(${series('cache_tracking_synced')})`,
        ),
        stat(
          {
            title: 'L2 is trusted',
            description: 'Whether every process knows that Redis has all committed changes.',
            unit: 'short',
            states: HOLDS,
            runbook: 'hotshelfredisdoubted',
          },
          `min(${series('cache_redis_trusted')})`,
        ),
        stat(
          {
            title: 'L1 size',
            description: 'Bytes of L1, of all processes.',
            unit: 'bytes',
            runbook: 'hotshelfcachecold',
          },
          sum(series('cache_l1_bytes')),
        ),
        stat(
          {
            title: 'Sampled keys behind',
            description:
              'Share of the keys that the consistency meter compared for which a tier was behind Postgres.',
            unit: 'percentunit',
            decimals: 2,
            runbook: 'hotshelfoutboxlag',
          },
          share(
            sum(rate(series('cache_behind_seconds_count'))),
            sum(rate(series('cache_consistency_checks_total'))),
          ),
        ),
      ],
    },
    {
      title: 'Reads',
      panels: [
        graph(
          {
            title: 'Reads by tier',
            description: 'Which tier answered. Origin: no tier had the key, and it was loaded from Postgres.',
            unit: 'ops',
            stacked: true,
            runbook: 'hotshelfcachecold',
          },
          { expr: sum(rate(tier('l1', 'cache_hits_total'))), legend: 'L1' },
          { expr: sum(rate(tier('redis', 'cache_hits_total'))), legend: 'L2' },
          { expr: sum(rate(tier('redis', 'cache_misses_total'))), legend: 'origin' },
        ),
        graph(
          {
            title: 'Hit ratio by tier',
            description: 'Hits per look-up in that tier. While Redis is away L2 has none.',
            unit: 'percentunit',
            max: 1,
            runbook: 'hotshelfcachecold',
          },
          {
            expr: share(
              sum(rate(HITS), 'cache_type'),
              `(${sum(rate(HITS), 'cache_type')} + ${sum(rate(MISSES), 'cache_type')})`,
            ),
            legend: '{{cache_type}}',
          },
        ),
        graph(
          {
            title: 'Stale answers by tier',
            description:
              'Answers past their fresh time, or not verified: a refresh is under way, or Postgres cannot be asked.',
            unit: 'ops',
            runbook: 'hotshelfstale',
          },
          { expr: sum(rate(series('cache_stale_served_total')), 'cache_type'), legend: '{{cache_type}}' },
        ),
        graph(
          {
            title: 'Coalesced reads',
            description:
              'Reads that joined a read of the same key in their process. Each of them spared a look-up.',
            unit: 'ops',
            runbook: 'automatic-reactions',
          },
          { expr: sum(rate(series('cache_coalesced_total'))), legend: 'coalesced' },
        ),
      ],
    },
    {
      title: 'Loads',
      panels: [
        graph(
          {
            title: 'Loads by outcome',
            description: 'Loads from Postgres: the row was there, was not, or could not be read.',
            unit: 'ops',
            runbook: 'hotshelfcachecold',
          },
          { expr: sum(rate(series('cache_load_seconds_count')), 'outcome'), legend: '{{outcome}}' },
        ),
        graph(
          {
            title: 'Time of a load',
            description: 'From the request for a load to its result, waits for a slot included.',
            unit: 's',
            runbook: 'hotshelflatencybudgetfast',
          },
          { expr: quantile(0.5, series('cache_load_seconds_bucket')), legend: 'p50' },
          { expr: quantile(0.99, series('cache_load_seconds_bucket')), legend: 'p99' },
        ),
        graph(
          {
            title: 'Leases',
            description:
              'Granted: this process loads. Held by another: it waits for the result of another process. Lost: a change superseded the load.',
            unit: 'ops',
            runbook: 'automatic-reactions',
          },
          { expr: sum(rate(series('cache_leases_total')), 'outcome'), legend: '{{outcome}}' },
        ),
        graph(
          {
            title: 'Refreshes',
            description: 'Refreshes of stale entries in the background. Failed ones leave the entry stale.',
            unit: 'ops',
            runbook: 'hotshelfstale',
          },
          { expr: sum(rate(series('cache_refreshes_total')), 'outcome'), legend: '{{outcome}}' },
        ),
      ],
    },
    {
      title: 'L1',
      panels: [
        graph(
          {
            title: 'L1 bytes',
            description:
              'Size of L1 by instance, overhead included. It levels off at CACHE_L1_MAX_BYTES per worker.',
            unit: 'bytes',
            runbook: 'hotshelfcachecold',
          },
          { expr: series('cache_l1_bytes'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'L1 entries',
            description: 'Entries by instance. A sudden fall is an emptied cache: see Epochs.',
            unit: 'short',
            runbook: 'health-states',
          },
          { expr: series('cache_l1_entries'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Invalidations',
            description:
              'Keys of invalidations per second and instance. They grow with changes, not with misses.',
            unit: 'ops',
            runbook: 'hotshelftrackinglost',
          },
          { expr: rate(series('cache_invalidations_total')), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Invalidation lag',
            description:
              'From the recording of a change in Postgres until a process received its invalidation, of sampled changes. Changes by psql wait for the relay, some 10 ms.',
            unit: 's',
            logarithmic: true,
            runbook: 'hotshelfoutboxlag',
          },
          { expr: quantile(0.5, series('cache_invalidation_lag_seconds_bucket')), legend: 'p50' },
          { expr: quantile(0.99, series('cache_invalidation_lag_seconds_bucket')), legend: 'p99' },
        ),
        graph(
          {
            title: 'Suspect entries compared',
            description: 'Suspect L1 entries that were compared with L2 by version, by outcome.',
            unit: 'ops',
            runbook: 'hotshelftrackinglost',
          },
          { expr: sum(rate(series('cache_revalidations_total')), 'outcome'), legend: '{{outcome}}' },
        ),
      ],
    },
    {
      title: 'Trust and consistency',
      panels: [
        timeline(
          {
            title: 'Synced and trusted',
            description:
              'By instance: whether L1 receives invalidations, and whether L2 has all committed changes.',
            unit: 'short',
            states: HOLDS,
            runbook: 'hotshelfredisdoubted',
          },
          {
            expr: `min by (instance) (${series('cache_tracking_synced')})`,
            legend: '{{instance}} L1 synced',
          },
          { expr: `min by (instance) (${series('cache_redis_trusted')})`, legend: '{{instance}} L2 trusted' },
        ),
        graph(
          {
            title: 'Consistency meter',
            description:
              'Sampled keys compared in all tiers, and those for which a tier was behind Postgres.',
            unit: 'ops',
            runbook: 'hotshelfoutboxlag',
          },
          { expr: sum(rate(series('cache_consistency_checks_total'))), legend: 'compared' },
          {
            expr: sum(rate(series('cache_behind_seconds_count')), 'cache_type'),
            legend: '{{cache_type}} behind',
          },
        ),
        graph(
          {
            title: 'p99 behind Postgres',
            description: 'For sampled keys for which a tier was behind: for how long. Empty while none is.',
            unit: 's',
            runbook: 'hotshelfoutboxlag',
          },
          {
            expr: quantile(0.99, series('cache_behind_seconds_bucket'), 'cache_type'),
            legend: '{{cache_type}}',
          },
        ),
        graph(
          {
            title: 'Epochs and unusable changes',
            description:
              'Times that a process emptied its caches or compared all entries, and changes that no tier can apply, by reason.',
            unit: 'ops',
            runbook: 'hotshelfchangeunusable',
          },
          { expr: sum(rate(series('coherence_epochs_total')), 'reason'), legend: 'epoch: {{reason}}' },
          {
            expr: sum(rate(series('cache_unusable_changes_total')), 'reason'),
            legend: 'unusable: {{reason}}',
          },
        ),
      ],
    },
  ],
};
