import type { Budget, Figures, Found } from './budget.ts';
import { cpuRatio, p99Ratio } from './pairs.ts';

const probe =
  (name: string) =>
  ({ probes }: Figures): Found =>
    probes[name] ?? { kind: 'not measured', reason: 'not run' };

type Named = Pick<Budget, 'name' | 'what' | 'formula' | 'limit' | 'unit'>;

/** A limit on what a probe of the same name finds. */
const probed = (named: Named): Budget => ({ ...named, good: 'at most', value: probe(named.name) });

/** What the service promises to cost. A budget that is missed fails the bench. */
export const BUDGETS: readonly Budget[] = [
  {
    name: 'hot',
    what: 'a hot hit, everything on',
    formula: 'CPU a request, hotshelf-hot : fastify-map',
    limit: 1.1,
    good: 'at most',
    unit: '×',
    value: (figures) => cpuRatio(figures, ['hotshelf-hot', 'fastify-map']),
  },
  {
    name: 'hot-p99',
    what: 'a hot hit at the ceiling',
    formula: 'p99 of 64 connections in a closed loop, hotshelf-hot : fastify-map',
    limit: 1.5,
    good: 'at most',
    unit: '×',
    value: (figures) => p99Ratio(figures, ['hotshelf-hot', 'fastify-map']),
  },
  {
    name: 'warm',
    what: 'a warm hit',
    formula: 'CPU a request, hotshelf-warm : aside-warm',
    limit: 1.15,
    good: 'at most',
    unit: '×',
    value: (figures) => cpuRatio(figures, ['hotshelf-warm', 'aside-warm']),
  },
  {
    name: 'cold',
    what: 'a cold load',
    formula: 'CPU a request, hotshelf-cold : aside-cold',
    limit: 1.5,
    good: 'at most',
    unit: '×',
    value: (figures) => cpuRatio(figures, ['hotshelf-cold', 'aside-cold']),
  },
  {
    name: 'stock',
    what: 'a stock change',
    formula: 'CPU a request, hotshelf-stock : aside-stock',
    limit: 2,
    good: 'at most',
    unit: '×',
    value: (figures) => cpuRatio(figures, ['hotshelf-stock', 'aside-stock']),
  },
  {
    name: 'fastapi',
    what: 'throughput per core, to the FastAPI rewrite',
    formula: 'CPU a request, fastapi-hot : hotshelf-hot',
    limit: 15,
    good: 'at least',
    unit: '×',
    value: (figures) => cpuRatio(figures, ['fastapi-hot', 'hotshelf-hot']),
  },
  probed({
    name: 'cold-keys',
    what: '10,000 distinct cold keys within a second',
    formula: 'statements that Postgres counted, 4 processes',
    limit: 200,
    unit: 'statements',
  }),
  probed({
    name: 'one-cold-key',
    what: '1,000 concurrent requests for one cold key',
    formula: 'statements that Postgres counted, 4 processes',
    limit: 1,
    unit: 'statements',
  }),
  probed({
    name: 'invalidations',
    what: '10,000 fills and 100 changes',
    formula: 'keys that each of 4 processes was notified of',
    limit: 110,
    unit: 'keys',
  }),
  probed({
    name: 'announced',
    what: '10,000 fills and 100 changes',
    formula: 'keys that Redis sent to a client that tracks as the processes do',
    limit: 110,
    unit: 'keys',
  }),
  probed({
    name: 'start',
    what: 'from start to ready, services up',
    formula: 'median of several starts',
    limit: 1,
    unit: 's',
  }),
  probed({
    name: 'seed',
    what: 'seeding 1,000,000 products',
    formula: 'npm run seed on an empty, migrated database',
    limit: 20,
    unit: 's',
  }),
  probed({
    name: 'page',
    what: 'a page of a category, 1,000,000 products : 10,000',
    formula: 'p99, four readers walking from page to page, past the cache',
    limit: 1.2,
    unit: '×',
  }),
  probed({
    name: 'memory',
    what: 'a worker’s memory after 1,000,000 distinct reads',
    formula: 'resident; the bound of L1 (64 MiB) + 120 MiB',
    limit: 184,
    unit: 'MiB',
  }),
  probed({
    name: 'backlog',
    what: 'hits while the outbox of a large import is applied : before',
    formula: 'p99, 1,000 reads/s over 2 processes, after the import',
    limit: 2,
    unit: '×',
  }),
  probed({
    name: 'backlog-after',
    what: 'hits once the outbox of a large import is applied : before',
    formula: 'p99, 1,000 reads/s over 2 processes, for 5 s',
    limit: 2,
    unit: '×',
  }),
  probed({
    name: 'backlog-errors',
    what: 'hits while the outbox of a large import is applied',
    formula: 'requests that failed',
    limit: 0,
    unit: 'errors',
  }),
  probed({
    name: 'backlog-memory',
    what: 'what the import adds to Redis',
    formula: 'used_memory at its peak, beyond that of before',
    limit: 16,
    unit: 'MiB',
  }),
  probed({
    name: 'backlog-news',
    what: 'a change by SQL behind the import',
    formula: 'until both processes serve it',
    limit: 1_000,
    unit: 'ms',
  }),
  ...rateHeld('headline', 10_400, 5),
  ...rateHeld('headline', 20_000, 10),
  ...rateHeld('mix', 10_400, 25),
  ...rateHeld('mix', 12_000, 25),
  ...scrapes('1 worker', 'scrape-1'),
  ...scrapes('2 workers', 'scrape-2'),
];

function rateHeld(name: 'headline' | 'mix', perSecond: number, p99Ms: number): readonly Budget[] {
  const requests = name === 'mix' ? 'requests/s of product : health : metrics as 3 : 1 : 0.5' : 'requests/s';
  const what = `${perSecond.toLocaleString('en-US')} ${requests} on this machine`;
  return [
    probed({
      name: `${name}-${perSecond}`,
      what,
      formula: 'p99, open loop, hot, nothing pinned',
      limit: p99Ms,
      unit: 'ms',
    }),
    probed({
      name: `${name}-${perSecond}-errors`,
      what,
      formula: 'requests that failed',
      limit: 0,
      unit: 'errors',
    }),
  ];
}

function scrapes(workers: string, name: string): readonly Budget[] {
  const what = `a scrape of ${workers} under 10,000 hot requests/s`;
  const limit = { what, limit: 20, unit: 'ms' };
  return [
    probed({ ...limit, name, formula: 'GET /metrics each second: median, least and worst' }),
    probed({ ...limit, name: `${name}-p99`, formula: 'p99 of the same' }),
  ];
}
