import { type Dashboard, graph, stat } from './panel.ts';
import { rate, series, share, sum } from './promql.ts';

export const workers: Dashboard = {
  name: 'workers',
  title: 'Hotshelf / Workers',
  description:
    'The processes of the service: how many serve, their event loops, memory, collections and restarts.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          {
            title: 'Instances up',
            description: 'Instances that answer their scrape.',
            unit: 'short',
            bounds: [{ value: 1, color: 'green' }],
            runbook: 'hotshelfdown',
          },
          sum(series('up')),
        ),
        stat(
          {
            title: 'Workers serving',
            description: 'Serving processes that accept connections.',
            unit: 'short',
            runbook: 'hotshelfworkerrestarts',
          },
          sum(series('workers_serving')),
        ),
        stat(
          {
            title: 'Workers missing',
            description: 'Serving processes that WORKERS asks for and that do not serve now.',
            unit: 'short',
            bounds: [{ value: 1, color: 'red' }],
            runbook: 'hotshelfworkerrestarts',
          },
          `sum(${series('workers_wanted')} - ${series('workers_serving')})`,
        ),
        stat(
          {
            title: 'Restarts in the last hour',
            description: 'Workers that died, or were killed because they hung, and were replaced.',
            unit: 'short',
            decimals: 0,
            bounds: [{ value: 1, color: 'orange' }],
            runbook: 'hotshelfworkerrestarts',
          },
          `sum(increase(${series('worker_restarts_total')}[1h]))`,
        ),
        stat(
          {
            title: 'Event loop delay',
            description: 'p99 of the delay of the latest worker. About 10 ms is an idle loop.',
            unit: 's',
            bounds: [
              { value: 0.05, color: 'orange' },
              { value: 0.2, color: 'red' },
            ],
            runbook: 'hotshelfeventloopslow',
          },
          `max(${series('nodejs_eventloop_lag_p99_seconds')})`,
        ),
        stat(
          {
            title: 'Resident memory',
            description: 'Of all processes.',
            unit: 'bytes',
            runbook: 'hotshelfdown',
          },
          sum(series('process_resident_memory_bytes')),
        ),
      ],
    },
    {
      title: 'Event loop and processor',
      panels: [
        graph(
          {
            title: 'Event loop delay quantiles',
            description: 'Of the latest worker of all. Node looks every 10 ms and counts those 10 ms in.',
            unit: 's',
            logarithmic: true,
            runbook: 'hotshelfeventloopslow',
          },
          { expr: `max(${series('nodejs_eventloop_lag_p50_seconds')})`, legend: 'p50' },
          { expr: `max(${series('nodejs_eventloop_lag_p99_seconds')})`, legend: 'p99' },
          { expr: `max(${series('nodejs_eventloop_lag_max_seconds')})`, legend: 'max' },
        ),
        graph(
          {
            title: 'Event loop delay by instance',
            description: 'p99. Above 200 ms the service sheds misses and writes.',
            unit: 's',
            bounds: [{ value: 0.2, color: 'red' }],
            runbook: 'hotshelfeventloopslow',
          },
          { expr: series('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Processor time by mode',
            description:
              'Processor seconds per second in the program (user) and in the kernel (system); 1 is one core.',
            unit: 'short',
            stacked: true,
            runbook: 'hotshelfeventloopslow',
          },
          { expr: sum(rate(series('process_cpu_user_seconds_total'))), legend: 'user' },
          { expr: sum(rate(series('process_cpu_system_seconds_total'))), legend: 'system' },
        ),
      ],
    },
    {
      title: 'Memory',
      panels: [
        graph(
          {
            title: 'Resident memory by instance',
            description:
              'An instance with workers is their sum. It levels off; what grows without end is a leak.',
            unit: 'bytes',
            runbook: 'hotshelfdown',
          },
          { expr: series('process_resident_memory_bytes'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Heap used by space',
            description:
              'new holds what was allocated lately, old what survived, large_object single big values.',
            unit: 'bytes',
            stacked: true,
            runbook: 'hotshelfdown',
          },
          { expr: sum(series('nodejs_heap_space_size_used_bytes'), 'space'), legend: '{{space}}' },
        ),
        graph(
          {
            title: 'Memory outside of the heap',
            description: 'Buffers of connections, and of entries that L1 holds as bytes.',
            unit: 'bytes',
            runbook: 'hotshelfdown',
          },
          { expr: sum(series('nodejs_external_memory_bytes')), legend: 'external' },
        ),
      ],
    },
    {
      title: 'Collections',
      panels: [
        graph(
          {
            title: 'Time in collections',
            description:
              'Seconds per second that Node spends in garbage collections, by kind. Above 0.1 the heap is too small.',
            unit: 'percentunit',
            runbook: 'hotshelfeventloopslow',
          },
          { expr: sum(rate(series('nodejs_gc_duration_seconds_sum')), 'kind'), legend: '{{kind}}' },
        ),
        graph(
          {
            title: 'Collections per second',
            description: 'minor: of new objects, short and frequent. major: of the whole heap.',
            unit: 'ops',
            runbook: 'hotshelfeventloopslow',
          },
          { expr: sum(rate(series('nodejs_gc_duration_seconds_count')), 'kind'), legend: '{{kind}}' },
        ),
        graph(
          {
            title: 'Mean time of a collection',
            description: 'The event loop stands still for this long.',
            unit: 's',
            runbook: 'hotshelfeventloopslow',
          },
          {
            expr: share(
              sum(rate(series('nodejs_gc_duration_seconds_sum')), 'kind'),
              sum(rate(series('nodejs_gc_duration_seconds_count')), 'kind'),
            ),
            legend: '{{kind}}',
          },
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        graph(
          {
            title: 'Workers wanted and serving',
            description: 'A gap that lasts is a worker that cannot start: the log of the parent says why.',
            unit: 'short',
            runbook: 'hotshelfworkerrestarts',
          },
          { expr: sum(series('workers_wanted')), legend: 'wanted' },
          { expr: sum(series('workers_serving')), legend: 'serving' },
        ),
        graph(
          {
            title: 'Worker restarts',
            description:
              'Workers that died, or were killed because they hung, and were replaced, by instance.',
            unit: 'short',
            runbook: 'hotshelfworkerrestarts',
          },
          { expr: `increase(${series('worker_restarts_total')}[$__rate_interval])`, legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Builds',
            description:
              'Instances by version and commit: two lines during a release, one before and after it.',
            unit: 'short',
            runbook: 'hotshelferrorbudgetfast',
          },
          {
            expr: `count by (version, commit, node) (${series('hotshelf_build_info')})`,
            legend: '{{version}} {{commit}} (Node {{node}})',
          },
        ),
        graph(
          {
            title: 'Open descriptors',
            description: 'Files and connections that the processes hold open.',
            unit: 'short',
            runbook: 'hotshelfdown',
          },
          { expr: series('process_open_fds'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Dropped log lines',
            description: 'Log lines per second that were dropped because the log output took none.',
            unit: 'ops',
            runbook: 'hotshelflogdropped',
          },
          { expr: rate(series('log_lines_dropped_total')), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Exported and dropped spans',
            description:
              'Spans per second that the collector took, and those that were lost. Both are 0 without traces.',
            unit: 'ops',
            runbook: 'hotshelflogdropped',
          },
          { expr: sum(rate(series('trace_spans_exported_total'))), legend: 'exported' },
          { expr: sum(rate(series('trace_spans_dropped_total')), 'reason'), legend: 'dropped: {{reason}}' },
        ),
      ],
    },
  ],
};
