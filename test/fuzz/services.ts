import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

const PRODUCTS = 1_000;

/** The service with and without its fast path, each with a database and a Redis of its own that hold the same. */
export interface Pair {
  readonly on: Api;
  readonly off: Api;
  stop(): Promise<void>;
}

/** What is busy on this machine is not what is looked for: nothing is refused for that. */
const PATIENCE = {
  DATABASE_LOAD_TIMEOUT: '3s',
  CACHE_LEASE_TTL: '3500ms',
  SHED_READ_TIMEOUT: '4500ms',
  SHED_EVENT_LOOP_DELAY: '0',
  RATE_LIMIT_WRITES: '0',
};
/** Requests that never end are ended well within the time after which an answer is missed. */
const BOUNDS = { HTTP_HEADERS_TIMEOUT: '500ms', HTTP_REQUEST_TIMEOUT: '1s' };

export async function startPair(): Promise<Pair> {
  const catalogues: Catalogue[] = [];
  const redises: RedisServer[] = [];
  const start = async (fastPath: 'on' | 'off') => {
    const [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
    catalogues.push(catalogue);
    redises.push(redis);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('cat-write', 'Written')`);
    // A change of a time changes all bytes of a compressed list.
    await catalogue.sql(`UPDATE products SET last_updated = '2026-01-01T00:00:00Z'`);
    await catalogue.sql('DELETE FROM outbox');
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, HTTP_FAST_PATH: fastPath };
    const api = await startApi({ ...settings, ...PATIENCE, ...BOUNDS });
    await untilUsesRedis(api);
    return api;
  };
  const [on, off] = await Promise.all([start('on'), start('off')]);
  return {
    on,
    off,
    stop: async () => {
      await Promise.all([on.stop(), off.stop()]);
      await Promise.all(redises.map((redis) => redis.stop()));
      await Promise.all(catalogues.map((catalogue) => catalogue.drop()));
    },
  };
}
