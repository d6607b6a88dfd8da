import { type Dashboard, graph, stat, timeline } from './panel.ts';
import { quantile, rate, series, share, sum } from './promql.ts';

/** One number for the state of each breaker, so that a timeline can name it. */
const BREAKERS = `max by (instance, dependency) (${series('breaker_state', 'state="open"')} * 2 or ${series('breaker_state', 'state="half-open"')})`;

export const dependencies: Dashboard = {
  name: 'dependencies',
  title: 'Hotshelf / Dependencies',
  description:
    'Redis and Postgres as the service meets them: breakers, bulkheads, pools, commands, and the outbox between them.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          {
            title: 'Redis breaker',
            description: 'The worst state of the breaker of Redis. Open: reads go to L1 and Postgres.',
            unit: 'short',
            states: [
              { value: 0, text: 'closed', color: 'green' },
              { value: 1, text: 'open', color: 'red' },
            ],
            runbook: 'hotshelfbreakeropen',
          },
          `max(${series('breaker_state', 'dependency="redis", state="open"')})`,
        ),
        stat(
          {
            title: 'Postgres breaker',
            description:
              'The worst state of the breaker of Postgres. Open: hits are served, misses and writes get 503.',
            unit: 'short',
            states: [
              { value: 0, text: 'closed', color: 'green' },
              { value: 1, text: 'open', color: 'red' },
            ],
            runbook: 'hotshelfbreakeropen',
          },
          `max(${series('breaker_state', 'dependency="postgres", state="open"')})`,
        ),
        stat(
          {
            title: 'Relay leaders',
            description:
              'Processes that lead the relay. Exactly 1 is right; 0 for a moment while the lead moves.',
            unit: 'short',
            states: [
              { value: 0, text: 'none', color: 'red' },
              { value: 1, text: '1', color: 'green' },
            ],
            runbook: 'hotshelfoutboxlag',
          },
          sum(series('outbox_relay_leading')),
        ),
        stat(
          {
            title: 'Outbox lag',
            description: 'Age of the oldest change that Redis has not got. The alert fires above 10 s.',
            unit: 's',
            bounds: [
              { value: 1, color: 'orange' },
              { value: 10, color: 'red' },
            ],
            runbook: 'hotshelfoutboxlag',
          },
          `max(${series('outbox_lag_seconds')})`,
        ),
        stat(
          {
            title: 'Redis p99',
            description:
              'Time of a Redis command, its wait in the pipeline included. It is given up after 100 ms.',
            unit: 's',
            bounds: [
              { value: 0.01, color: 'orange' },
              { value: 0.1, color: 'red' },
            ],
            runbook: 'hotshelfbreakeropen',
          },
          quantile(0.99, series('redis_command_seconds_bucket')),
        ),
        stat(
          {
            title: 'Statements',
            description: 'SQL statements per second, of all kinds.',
            unit: 'ops',
            runbook: 'hotshelfshedding',
          },
          sum(rate(series('database_statements_total'))),
        ),
      ],
    },
    {
      title: 'Breakers and bulkheads',
      panels: [
        timeline(
          {
            title: 'Breakers',
            description:
              'By instance and dependency. Open: calls are skipped, and one is tried twice a second.',
            unit: 'short',
            states: [
              { value: 0, text: 'closed', color: 'green' },
              { value: 1, text: 'half-open', color: 'orange' },
              { value: 2, text: 'open', color: 'red' },
            ],
            runbook: 'hotshelfbreakeropen',
          },
          { expr: BREAKERS, legend: '{{instance}} {{dependency}}' },
        ),
        graph(
          {
            title: 'Bulkheads',
            description: 'Calls to Postgres that hold a slot, and those that wait for one.',
            unit: 'short',
            runbook: 'hotshelfshedding',
          },
          { expr: sum(series('bulkhead_running'), 'bulkhead'), legend: '{{bulkhead}} running' },
          { expr: sum(series('bulkhead_waiting'), 'bulkhead'), legend: '{{bulkhead}} waiting' },
        ),
        graph(
          {
            title: 'Rejected by a bulkhead',
            description:
              'Calls rejected because the bulkhead and its queue were full, or the wait was too long.',
            unit: 'ops',
            runbook: 'hotshelfshedding',
          },
          {
            expr: sum(rate(series('bulkhead_rejected_total')), 'bulkhead', 'reason'),
            legend: '{{bulkhead}} {{reason}}',
          },
        ),
        graph(
          {
            title: 'Retries',
            description: 'Retries made, and refused because the retry budget was used up.',
            unit: 'ops',
            runbook: 'hotshelfbreakeropen',
          },
          {
            expr: sum(rate(series('retries_total')), 'dependency', 'outcome'),
            legend: '{{dependency}} {{outcome}}',
          },
        ),
      ],
    },
    {
      title: 'Redis',
      panels: [
        graph(
          {
            title: 'Redis commands',
            description: 'Commands per second by outcome. Failed: an error, or no answer in time.',
            unit: 'ops',
            runbook: 'hotshelfbreakeropen',
          },
          { expr: sum(rate(series('redis_command_seconds_count')), 'outcome'), legend: '{{outcome}}' },
        ),
        graph(
          {
            title: 'Time of a Redis command',
            description: 'From the command to its outcome, its wait in the pipeline included.',
            unit: 's',
            logarithmic: true,
            runbook: 'hotshelfbreakeropen',
          },
          ...[0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, series('redis_command_seconds_bucket')),
            legend: `p${q * 100}`,
          })),
        ),
      ],
    },
    {
      title: 'Postgres',
      panels: [
        graph(
          {
            title: 'SQL statements',
            description: 'load: reads for the cache; other: writes, lists, checks.',
            unit: 'ops',
            runbook: 'hotshelfshedding',
          },
          { expr: sum(rate(series('database_statements_total')), 'kind'), legend: '{{kind}}' },
        ),
        graph(
          {
            title: 'Rows per statement',
            description: 'How many rows a statement returns. Loads share a statement while Postgres is slow.',
            unit: 'short',
            runbook: 'automatic-reactions',
          },
          {
            expr: share(
              sum(rate(series('database_rows_total')), 'kind'),
              sum(rate(series('database_statements_total')), 'kind'),
            ),
            legend: '{{kind}}',
          },
        ),
        graph(
          {
            title: 'Connections of the pool',
            description: 'Open connections to Postgres, and how many of them are idle.',
            unit: 'short',
            runbook: 'hotshelfbreakeropen',
          },
          { expr: sum(series('database_pool_connections'), 'state'), legend: '{{state}}' },
        ),
        graph(
          {
            title: 'Waiting for a connection',
            description:
              'Callers that wait for a connection of the pool. More than 0 for long: the pool is too small.',
            unit: 'short',
            runbook: 'hotshelfshedding',
          },
          { expr: sum(series('database_pool_waiting')), legend: 'waiting' },
        ),
      ],
    },
    {
      title: 'Outbox',
      panels: [
        graph(
          {
            title: 'Outbox depth',
            description: 'Committed changes that are not applied to Redis yet. It grows while Redis is away.',
            unit: 'short',
            runbook: 'hotshelfoutboxgrowing',
          },
          { expr: `max(${series('outbox_depth_rows')})`, legend: 'rows' },
        ),
        graph(
          {
            title: 'Outbox lag by instance',
            description:
              'Age of the oldest change that is not applied to Redis yet, as each instance sees it.',
            unit: 's',
            runbook: 'hotshelfoutboxlag',
            bounds: [{ value: 10, color: 'red' }],
          },
          { expr: series('outbox_lag_seconds'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Changes applied',
            description: 'Changes per second that the relay applied to the tiers.',
            unit: 'ops',
            runbook: 'hotshelfoutboxlag',
          },
          { expr: rate(series('outbox_applied_total')), legend: '{{instance}}' },
        ),
        timeline(
          {
            title: 'Relay leader',
            description: 'Which instance leads the relay. One must, all the time but for moments.',
            unit: 'short',
            states: [
              { value: 0, text: 'follows', color: 'blue' },
              { value: 1, text: 'leads', color: 'green' },
            ],
            runbook: 'hotshelfoutboxlag',
          },
          { expr: series('outbox_relay_leading'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Elections',
            description:
              'Times that the lead of the relay moved. Often: the leader loses its session with Postgres.',
            unit: 'short',
            runbook: 'hotshelfoutboxlag',
          },
          {
            expr: `sum(increase(${series('outbox_relay_elections_total')}[$__rate_interval]))`,
            legend: 'elections',
          },
        ),
      ],
    },
  ],
};
