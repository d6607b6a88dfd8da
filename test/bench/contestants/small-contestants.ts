import { join } from 'node:path';
import type { Contestant } from './contestant.ts';
import { PRODUCTS } from './products.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** As many as a flash sale has on its front page: all contestants have them in memory. */
export const HOT_KEYS = 1_000;

type SmallContestant = Pick<Contestant, 'name' | 'title' | 'about'> & {
  readonly count: number;
} & Partial<Contestant>;

function small({ count, ...named }: SmallContestant): Contestant {
  return {
    program: [join(import.meta.dirname, `${named.name}.ts`)],
    readyPath: '/products/prod-0',
    settings: ({ redis }) => ({ REDIS_URL: redis.url }),
    keys: () => ({ kind: 'uniform', count }),
    products: 0,
    pinned: true,
    ...named,
  };
}

/** Two workers share the requests of a warm-up and the cores, and each compiles for itself. */
export const WORKERS_WARM_UPS = 4;

/** What Hotshelf is measured against, in rising order of what they do. */
export const SMALL_CONTESTANTS: readonly Contestant[] = [
  small({ name: 'node-http', title: 'bare node:http', about: 'bytes from a Map', count: HOT_KEYS }),
  small({ name: 'fastify-map', title: 'bare Fastify', about: 'the same bytes from a Map', count: HOT_KEYS }),
  small({
    name: 'fastify-workers',
    title: 'bare Fastify, 2 workers',
    about: 'the same bytes from a Map',
    count: HOT_KEYS,
    pinned: false,
    warmUps: WORKERS_WARM_UPS,
  }),
  small({
    name: 'fastify-redis',
    title: 'bare Fastify + Redis',
    about: 'one auto-pipelined GET',
    count: PRODUCTS,
  }),
  small({
    name: 'nest-idiomatic',
    title: 'Nest, idiomatic',
    about: 'controller, CacheInterceptor, cache-manager',
    count: HOT_KEYS,
  }),
  small({
    name: 'bentocache',
    title: 'Fastify + bentocache',
    about: 'a multi-tier cache from npm, hits in memory',
    count: HOT_KEYS,
  }),
  {
    name: 'baseline',
    title: 'the naive design',
    about: 'a Redis connection per request, hits in Redis',
    program: [join(ROOT, 'dist/apps/baseline/src/main.js')],
    readyPath: '/health',
    settings: ({ catalogue, redis }) => ({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url }),
    keys: () => ({ kind: 'uniform', count: HOT_KEYS }),
    preheat: HOT_KEYS,
    products: PRODUCTS,
    pinned: true,
  },
];
