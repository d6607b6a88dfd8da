import { join } from 'node:path';
import { API_ALLOCATION, API_ENTRY, API_NODE_FLAGS } from '#src/apps/local/src/api';
import type { Keys } from '../load/keys.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { BENCH_KEY, BENCH_KEYS_SETTING } from './api-key.ts';
import type { Contestant, Phase } from './contestant.ts';
import { PRODUCTS } from './products.ts';
import { pythonRuntime } from './python.ts';
import { HOT_KEYS, WORKERS_WARM_UPS } from './small-contestants.ts';

export const HOTSHELF: readonly string[] = [...API_NODE_FLAGS, API_ENTRY];

type Varying = Pick<Contestant, 'name' | 'title' | 'about' | 'keys' | 'products'> & Partial<Contestant>;

function hotshelf(varying: Varying, settings: Record<string, string> = {}): Contestant {
  return {
    program: HOTSHELF,
    readyPath: '/health/ready',
    settings: (stage) => ({ ...hotshelfSettings(stage), ...settings }),
    pinned: true,
    ...varying,
  };
}

/** As in production, but for where its servers are. */
export function hotshelfSettings({ catalogue, redis }: Stage): Record<string, string> {
  return {
    ...API_ALLOCATION,
    DATABASE_URL: catalogue.url,
    REDIS_URL: redis.url,
    API_KEYS: BENCH_KEYS_SETTING,
  };
}

function uniform(count: number): () => Keys {
  return () => ({ kind: 'uniform', count });
}

/** Every phase reads products that no other has read. */
const COLD_KEYS: Readonly<Record<Phase, Keys>> = {
  'warm-up': { kind: 'distinct', first: 0, count: 20_000 },
  closed: { kind: 'distinct', first: 20_000, count: 120_000 },
  open: { kind: 'distinct', first: 140_000, count: 60_000 },
};

/** @param zipfProducts over how many products the skewed reads go */
export function hotshelfContestants(zipfProducts: number): readonly Contestant[] {
  return [HOT, ...TRACED, WARM, COLD, MIXED, CHANGES, zipf(zipfProducts), ...WORKERS, ...ASIDE, ...FASTAPI];
}

const hot = { keys: uniform(HOT_KEYS), products: PRODUCTS, about: 'in this process’s memory' };

const HOT = hotshelf({ name: 'hotshelf-hot', title: 'Hotshelf, hot', ...hot });

/** Traced by the share, as `traceidratio` does; a collector beside the load takes the spans. */
const TRACED = [0.01, 1].map((share) => {
  const percent = `${100 * share} %`;
  const contestant = hotshelf({
    ...hot,
    name: `hotshelf-traced-${100 * share}`,
    title: `Hotshelf, hot, traces of ${percent}`,
  });
  return {
    ...contestant,
    settings: (stage: Stage) => ({
      ...contestant.settings(stage),
      OTEL_EXPORTER_OTLP_ENDPOINT: stage.collectorUrl,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: String(share),
    }),
  };
});

const WARM = hotshelf(
  {
    name: 'hotshelf-warm',
    title: 'Hotshelf, warm',
    about: 'in Redis; memory holds one in a hundred',
    keys: uniform(PRODUCTS),
    products: PRODUCTS,
    preheat: PRODUCTS,
  },
  { CACHE_L1_MAX_BYTES: '64KiB' },
);

const COLD = hotshelf({
  name: 'hotshelf-cold',
  title: 'Hotshelf, cold',
  about: 'in Postgres alone, every product once',
  keys: (phase) => COLD_KEYS[phase],
  products: 200_000,
});

const MIXED = hotshelf({
  name: 'hotshelf-90-10',
  title: 'Hotshelf, 90/10',
  about: 'hot, one request in ten changes a stock',
  keys: uniform(HOT_KEYS),
  products: PRODUCTS,
  writeShare: 0.1,
  unavailable: takesNoWrites,
});

const CHANGES = hotshelf(
  {
    name: 'hotshelf-stock',
    title: 'Hotshelf, stock changes',
    about: 'every request changes a stock',
    keys: uniform(PRODUCTS),
    products: PRODUCTS,
    writeShare: 1,
    unavailable: takesNoWrites,
  },
  // All come with one key.
  { RATE_LIMIT_WRITES: '0' },
);

/** Cache-aside by hand, see aside.ts, beside each situation of Hotshelf that it can be in. */
const ASIDE = [
  aside({ ...asRow(WARM), name: 'aside-warm', title: 'cache-aside, warm', about: 'in Redis' }),
  aside({ ...asRow(COLD), name: 'aside-cold', title: 'cache-aside, cold' }),
  aside({
    ...asRow(MIXED),
    name: 'aside-90-10',
    title: 'cache-aside, 90/10',
    about: 'in Redis, one request in ten changes a stock',
  }),
  aside({ ...asRow(CHANGES), name: 'aside-stock', title: 'cache-aside, stock changes' }),
];

/** The predecessor's rewrite, see fastapi_rewrite.py, likewise. */
const FASTAPI = [
  fastapi({ ...asRow(HOT), name: 'fastapi-hot', title: 'FastAPI, hot' }),
  fastapi({ ...asRow(WARM), name: 'fastapi-warm', title: 'FastAPI, warm', about: 'in Redis' }, '0'),
  fastapi({ ...asRow(COLD), name: 'fastapi-cold', title: 'FastAPI, cold' }),
  fastapi({ ...asRow(CHANGES), name: 'fastapi-stock', title: 'FastAPI, stock changes' }),
];

function fastapi(row: Contestant, memorySeconds = '60'): Contestant {
  return {
    ...row,
    program: [join(import.meta.dirname, 'fastapi_rewrite.py')],
    runtime: pythonRuntime,
    readyPath: '/products/prod-0',
    settings: ({ catalogue, redis }) => ({
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      BENCH_KEY,
      MEMORY_SECONDS: memorySeconds,
    }),
  };
}

/** The load of another contestant, without what is special to its program. */
function asRow({ unavailable: _, ...row }: Contestant): Contestant {
  return row;
}

function aside(row: Contestant): Contestant {
  return {
    ...row,
    program: [join(import.meta.dirname, 'aside.ts')],
    readyPath: '/products/prod-0',
    settings: ({ catalogue, redis }) => ({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url }),
  };
}

/** On the whole machine, since a second worker on the first one's core is none. */
const WORKERS = [
  hotshelf(
    { name: 'hotshelf-1-worker', title: 'Hotshelf, 1 worker', ...hot, pinned: false },
    { WORKERS: '1' },
  ),
  hotshelf(
    {
      ...hot,
      name: 'hotshelf-2-workers',
      title: 'Hotshelf, 2 workers',
      pinned: false,
      warmUps: WORKERS_WARM_UPS,
      unavailable: isAlone,
    },
    { WORKERS: '2' },
  ),
];

function zipf(products: number): Contestant {
  return hotshelf({
    name: 'hotshelf-zipf',
    title: 'Hotshelf, Zipf 0.99',
    about: `over ${products.toLocaleString('en-US')} products`,
    keys: () => ({ kind: 'zipf', count: products, theta: 0.99 }),
    products,
  });
}

async function takesNoWrites({ port }: Server): Promise<string | null> {
  const { status } = await fetch(`http://127.0.0.1:${port}/products/prod-0/stock`, {
    method: 'POST',
    headers: { authorization: `Bearer ${BENCH_KEY}`, 'content-type': 'application/json' },
    body: '{"delta":1}',
  });
  return status === 200 ? null : `POST /products/:id/stock answered ${status}`;
}

async function isAlone({ pids }: Server): Promise<string | null> {
  return pids().length > 1 ? null : 'this build starts no workers';
}
