import { type Dashboard, graph, heatmap, type Query, stat } from './panel.ts';
import { quantile, rate, requests, series, share, sum } from './promql.ts';

const LATENCY = 'api_request_latency_seconds';
const COUNT = requests(`${LATENCY}_count`);
const BUCKETS = requests(`${LATENCY}_bucket`);
const SERVER_ERRORS = requests('api_errors_total', 'status_code=~"5.."');

/** Windows of the alerts on the error budget; see docker/prometheus/rules. */
const WINDOWS = ['5m', '1h', '6h', '3d'] as const;
const AVAILABILITY_BUDGET = '0.0005';
const LATENCY_BUDGET = '0.01';

const burn = (ratio: string, budget: string): Query[] =>
  WINDOWS.map((window) => ({
    expr: `hotshelf:${ratio}:ratio_rate${window}{job="$job"} / ${budget}`,
    legend: window,
  }));

const BURN_BOUNDS = [
  { value: 1, color: 'orange' },
  { value: 14.4, color: 'red' },
] as const;

export const service: Dashboard = {
  name: 'service',
  title: 'Hotshelf / Service',
  description:
    'Rate, errors and duration of requests, what is left of the objectives, and how busy the service is.',
  hasRoutes: true,
  rows: [
    {
      title: 'Now',
      panels: [
        stat(
          {
            title: 'Requests',
            description: 'Requests per second on the chosen routes, without probes and scrapes.',
            unit: 'reqps',
            runbook: 'automatic-reactions',
          },
          sum(rate(COUNT)),
        ),
        stat(
          {
            title: 'Server errors',
            description: 'Share of requests that ended in 5xx. The objective is 0.05 % at most.',
            unit: 'percentunit',
            decimals: 3,
            runbook: 'hotshelferrorbudgetfast',
            bounds: [
              { value: 0.0005, color: 'orange' },
              { value: 0.0072, color: 'red' },
            ],
          },
          share(sum(rate(SERVER_ERRORS)), sum(rate(COUNT))),
        ),
        stat(
          {
            title: 'p99',
            description:
              '99 of 100 requests were answered within this time. The objective for reads is 25 ms.',
            unit: 's',
            runbook: 'hotshelflatencybudgetfast',
            bounds: [
              { value: 0.025, color: 'orange' },
              { value: 0.1, color: 'red' },
            ],
          },
          quantile(0.99, BUCKETS),
        ),
        stat(
          {
            title: 'Answered from a cache',
            description: 'Share of look-ups that L1 or L2 answered.',
            unit: 'percentunit',
            decimals: 1,
            runbook: 'hotshelfcachecold',
          },
          share(
            sum(rate(series('cache_hits_total'))),
            `(${sum(rate(series('cache_hits_total', 'cache_type="l1"')))} + ${sum(rate(series('cache_misses_total', 'cache_type="l1"')))})`,
          ),
        ),
        stat(
          {
            title: 'Processes up',
            description: 'Instances that answer their scrape. An instance with workers counts once.',
            unit: 'short',
            runbook: 'hotshelfdown',
            bounds: [{ value: 1, color: 'green' }],
          },
          sum(series('up')),
        ),
        stat(
          {
            title: 'Alerts firing',
            description: 'Alerts of this service that fire now.',
            unit: 'short',
            runbook: 'alerts',
            bounds: [{ value: 1, color: 'red' }],
          },
          'count(ALERTS{alertname=~"Hotshelf.*", alertstate="firing"}) or vector(0)',
        ),
      ],
    },
    {
      title: 'Objectives',
      panels: [
        graph(
          {
            title: 'Availability: burn rate',
            description:
              'How fast the error budget (0.05 % of requests) is used, by window. 1 uses it up exactly; 14.4 over 5 min and 1 h pages. Needs the rules of docker/prometheus; of all instances and routes.',
            unit: 'short',
            runbook: 'hotshelferrorbudgetfast',
            bounds: BURN_BOUNDS,
          },
          ...burn('slo_errors', AVAILABILITY_BUDGET),
        ),
        graph(
          {
            title: 'Latency: burn rate',
            description:
              'How fast the budget of slow reads (1 % above 25 ms) is used, by window. 1 uses it up exactly; 14.4 over 5 min and 1 h pages. Needs the rules of docker/prometheus; of all instances and routes.',
            unit: 'short',
            runbook: 'hotshelflatencybudgetfast',
            bounds: BURN_BOUNDS,
          },
          ...burn('slo_slow', LATENCY_BUDGET),
        ),
        graph(
          {
            title: 'Within 25 ms',
            description: 'Share of requests answered within 25 ms. The objective for reads is 99 %.',
            unit: 'percentunit',
            max: 1,
            runbook: 'hotshelflatencybudgetfast',
          },
          {
            expr: share(sum(rate(requests(`${LATENCY}_bucket`, 'le="0.025"'))), sum(rate(COUNT))),
            legend: 'within 25 ms',
          },
        ),
      ],
    },
    {
      title: 'Rate and errors',
      panels: [
        graph(
          {
            title: 'Requests by route',
            description: 'Requests per second by method and route template.',
            unit: 'reqps',
            runbook: 'automatic-reactions',
          },
          { expr: sum(rate(COUNT), 'endpoint', 'method'), legend: '{{method}} {{endpoint}}' },
        ),
        graph(
          {
            title: 'Answers by status class',
            description:
              'All answers, also those to probes. 4xx is an answer to a wrong request, 5xx a fault or a refusal.',
            unit: 'reqps',
            stacked: true,
            runbook: 'hotshelferrorbudgetfast',
          },
          { expr: sum(rate(series('api_responses_total')), 'status_class'), legend: '{{status_class}}' },
        ),
        graph(
          {
            title: 'Errors by route and status',
            description:
              '404 is an answer; 503 is a request that was shed, or a dependency that is away; 500 is a fault.',
            unit: 'reqps',
            runbook: 'hotshelferrorbudgetfast',
          },
          {
            expr: sum(rate(requests('api_errors_total')), 'endpoint', 'status_code'),
            legend: '{{status_code}} {{endpoint}}',
          },
        ),
      ],
    },
    {
      title: 'Duration',
      panels: [
        graph(
          {
            title: 'Latency',
            description:
              'Quantiles over the chosen routes. A hit in L1 takes some 0.1 ms; a miss takes as long as Postgres.',
            unit: 's',
            logarithmic: true,
            runbook: 'hotshelflatencybudgetfast',
          },
          ...[0.5, 0.95, 0.99, 0.999].map((q) => ({
            expr: quantile(q, BUCKETS),
            legend: `p${String(q * 100).replace(/(?<=99)\.9.*/, '.9')}`,
          })),
        ),
        graph(
          {
            title: 'p99 by route',
            description:
              'The slowest routes are lists and writes; a single product that is slow is a cold cache.',
            unit: 's',
            logarithmic: true,
            runbook: 'hotshelflatencybudgetfast',
          },
          { expr: quantile(0.99, BUCKETS, 'endpoint'), legend: '{{endpoint}}' },
        ),
        heatmap(
          {
            title: 'Latency heatmap',
            description: 'Requests per second in each bucket of duration. Two bands are hits and misses.',
            unit: 's',
            runbook: 'hotshelflatencybudgetfast',
          },
          sum(rate(BUCKETS), 'le'),
        ),
      ],
    },
    {
      title: 'Saturation',
      panels: [
        graph(
          {
            title: 'Shed requests',
            description: 'Requests that were refused at once, by reason. Hits are never shed.',
            unit: 'reqps',
            runbook: 'hotshelfshedding',
          },
          { expr: sum(rate(series('shed_requests_total')), 'reason'), legend: '{{reason}}' },
        ),
        graph(
          {
            title: 'Loads and their limit',
            description:
              'Loads from Postgres under way, and how many may be. At the limit, further misses are shed.',
            unit: 'short',
            runbook: 'hotshelfshedding',
          },
          { expr: sum(series('cache_loads_under_way')), legend: 'under way' },
          { expr: sum(series('cache_load_limit')), legend: 'limit' },
        ),
        graph(
          {
            title: 'Event loop delay',
            description:
              'p99 of the delay, of the latest worker. About 10 ms is an idle loop; above 200 ms requests are shed.',
            unit: 's',
            runbook: 'hotshelfeventloopslow',
            bounds: [{ value: 0.2, color: 'red' }],
          },
          { expr: series('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' },
        ),
        graph(
          {
            title: 'Processor',
            description:
              'Processor seconds per second; 1 is one core. An instance with workers is their sum.',
            unit: 'short',
            runbook: 'hotshelfeventloopslow',
          },
          { expr: rate(series('process_cpu_seconds_total')), legend: '{{instance}}' },
        ),
      ],
    },
  ],
};
