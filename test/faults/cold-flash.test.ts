import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { askAll, type Statuses } from '../support/flood/ask-all.ts';
import { type Seen, seenDuring } from '../support/flood/seen-during.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { statementsDuring } from '../support/statements.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

const KEYS = 10_000;
const UNKNOWN = 100_000;
/** How many of a client's connections ask at once. */
const CONNECTIONS = 1_500;
/** What a flash of misses may add to a process at its height, whatever its size, in MiB: L1, connections, the heap between. */
const ROOM_MIB = 240;
/** The bulkhead: `DATABASE_LOAD_CONCURRENCY`. */
const LOADS_AT_ONCE = 4;
/** The pool, two that listen and relay, and the probe's own. */
const CONNECTIONS_TO_POSTGRES = 10 + 2 + 1;

describe('a cold flash', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  const refusals = async () => {
    const reasons = ['load-limit', 'pressure', 'read-timeout'];
    const counts = await Promise.all(
      reasons.map((reason) => api.metric(`shed_requests_total{reason="${reason}"}`)),
    );
    return reasons.map((reason, n) => `${reason} ${counts[n]}`).join(', ');
  };

  /** Asks for all of them at once, and meanwhile for what is held, and looks at how the process and Postgres are. */
  async function flash(paths: readonly string[]) {
    let counts: Statuses = new Map();
    let seen: Seen | undefined;
    const statements = await statementsDuring(catalogue, 'FROM products', async () => {
      seen = await seenDuring(api, catalogue, '/products/prod-0', async () => {
        counts = await askAll(api.url, paths, CONNECTIONS);
      });
    });
    assert.ok(seen !== undefined);
    assert.ok(seen.hits > 0 && seen.atOnce <= LOADS_AT_ONCE && seen.connections <= CONNECTIONS_TO_POSTGRES);
    assert.ok(seen.grownMib < ROOM_MIB, `${seen.grownMib} MiB`);
    const text = `${JSON.stringify([...counts])}, ${statements} statements, refused for ${await refusals()}, ${JSON.stringify(seen)}`;
    return { counts, statements, text };
  }
  const statusesBut = (counts: Statuses, allowed: readonly number[]) =>
    [...counts.keys()].filter((status) => !allowed.includes(status));

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(KEYS), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, LOG_LEVEL: 'error' });
    assert.equal((await api.get('/products/prod-0')).status, 200);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('of 10,000 keys is answered by few statements, or refused at once, and fails no hit', async (context) => {
    const paths = Array.from({ length: KEYS }, (_, n) => `/products/prod-${n}`);
    const { counts, statements, text } = await flash(paths);
    context.diagnostic(text);
    assert.deepEqual(statusesBut(counts, [200, 503]), []);
    assert.ok((counts.get(200) ?? 0) > KEYS / 2);
    assert.ok(statements <= 200);
  });

  it('of 100,000 unknown ids spares Postgres, keeps memory within its bounds, and fails no hit', async (context) => {
    const paths = Array.from({ length: UNKNOWN }, (_, n) => `/products/no-${n}`);
    const { counts, statements, text } = await flash(paths);
    context.diagnostic(text);
    assert.deepEqual(statusesBut(counts, [404, 503]), []);
    assert.ok(statements <= UNKNOWN / 100);
  });

  it('is over when it is over: what was refused is answered', async () => {
    for (let n = 0; n < 50; n += 1) assert.equal((await api.get(`/products/prod-${n}`)).status, 200);
    assert.equal((await api.get('/health/ready')).status, 200);
  });
});

describe('where loads are limited to a few', () => {
  it('refuses the rest at once with 503 and Retry-After, and counts them', async () => {
    const catalogue = await createCatalogue(100);
    const api = await startApi({ DATABASE_URL: catalogue.url, SHED_LOADS: '5' });
    const release = await catalogue.lock('products');
    try {
      const asked = Array.from({ length: 50 }, (_, n) => api.get(`/products/prod-${n}`));
      const first = await Promise.race(asked);
      assert.equal(first.status, 503);
      assert.equal(((await first.json()) as { code: string }).code, 'OVERLOADED');
      await until(
        'all but five are refused',
        async () => (await api.metric('shed_requests_total{reason="load-limit"}')) === 45,
      );
      await release();
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 5);
    } finally {
      await release();
      await api.stop();
      await catalogue.drop();
    }
  });
});

describe('under pressure', () => {
  it('refuses L1 misses and writes; never hits, probes or scrapes', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, CACHE_WARM_KEYS: '10' };
    // One that leaves what is hot to those who start after it.
    const earlier = await startApi(settings);
    await untilUsesRedis(earlier);
    for (let n = 0; n < 3; n += 1) assert.equal((await earlier.get('/products/prod-0')).status, 200);
    await earlier.stop();
    // A heap that is larger than this from the start.
    const api = await startApi({ ...settings, SHED_HEAP: '1MiB' });
    try {
      let next = 0;
      const nextMiss = () => api.get(`/products/prod-${++next}`);
      await until('it has looked at its heap', async () => (await nextMiss()).status === 503);
      const miss = await nextMiss();
      assert.equal(miss.status, 503);
      assert.equal(miss.headers.get('retry-after'), '1');
      assert.equal(((await miss.json()) as { code: string }).code, 'OVERLOADED');
      const write = await fetch(`${api.url}/products`, { method: 'POST', body: '{}' });
      assert.equal(((await write.json()) as { code: string }).code, 'OVERLOADED');
      // Nothing is loaded any more: what is a hit now was taken from Redis at the start, or compared with it since.
      await until('what was hot is answered from L1', async () => {
        const { headers } = await api.get('/products/prod-0');
        return /hit.*detail=l1/.test(headers.get('cache-status') ?? '');
      });
      for (const path of ['/health/live', '/health', '/metrics'])
        assert.equal((await api.get(path)).status, 200, path);
      assert.ok((await api.metric('shed_requests_total{reason="pressure"}')) >= 3);
    } finally {
      await api.stop();
      await redis.stop();
      await catalogue.drop();
    }
  });
});
