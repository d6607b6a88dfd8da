import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { statementsDuring } from '../support/statements.ts';
import { until } from '../support/until.ts';

const KEYS = 10_000;
const UNKNOWN = 10_000;
/** What a flash of misses may add to a process, whatever its size, in MiB. */
const ROOM_MIB = 200;
/** How many of a client's connections ask at once. */
const CONNECTIONS = 1_500;

describe('a cold flash', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;
  let agent: Agent;

  const statusOf = (path: string) =>
    new Promise<number>((resolve, reject) => {
      request(`${api.url}${path}`, { agent }, (response) => {
        const { statusCode = 0, headers } = response;
        if (statusCode === 503 && headers['retry-after'] === undefined) reject(new Error('no Retry-After'));
        response.resume().on('end', () => resolve(statusCode));
      })
        .on('error', reject)
        .end();
    });
  const residentMib = async () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${api.pid}/status`, 'utf8'))?.[1]) / 1_024;

  const refusals = async () => {
    const reasons = ['load-limit', 'pressure', 'read-timeout'];
    const counts = await Promise.all(
      reasons.map((reason) => api.metric(`shed_requests_total{reason="${reason}"}`)),
    );
    return reasons.map((reason, n) => `${reason} ${counts[n]}`).join(', ');
  };

  /** Asks for all of them at once, and meanwhile for what is held and how the process is. */
  async function flash(paths: readonly string[]): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    let over = false;
    const calm = (async () => {
      while (!over) {
        assert.equal(await statusOf('/products/prod-0'), 200);
        assert.equal(await statusOf('/health/live'), 200);
      }
    })();
    for (const status of await Promise.all(paths.map(statusOf)))
      counts.set(status, (counts.get(status) ?? 0) + 1);
    over = true;
    await calm;
    return counts;
  }

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(KEYS), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, LOG_LEVEL: 'error' });
    agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    assert.equal((await api.get('/products/prod-0')).status, 200);
  });
  after(async () => {
    agent.destroy();
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('of 10,000 keys is answered by few statements, or refused at once, and fails no hit', async (context) => {
    let counts = new Map<number, number>();
    const paths = Array.from({ length: KEYS }, (_, n) => `/products/prod-${n}`);
    const statements = await statementsDuring(catalogue, 'FROM products', async () => {
      counts = await flash(paths);
    });
    context.diagnostic(`${JSON.stringify([...counts])}, ${statements} statements, ${await refusals()}`);
    assert.deepEqual(
      [...counts.keys()].filter((status) => status !== 200 && status !== 503),
      [],
    );
    assert.ok((counts.get(200) ?? 0) > KEYS / 2);
    assert.ok(statements <= 1_000);
  });

  it('of unknown ids grows memory no further than its bounds, and fails no hit', async (context) => {
    const before = await residentMib();
    const counts = await flash(Array.from({ length: UNKNOWN }, (_, n) => `/products/no-${n}`));
    const grown = (await residentMib()) - before;
    context.diagnostic(`${JSON.stringify([...counts])}, ${Math.round(grown)} MiB`);
    assert.deepEqual(
      [...counts.keys()].filter((status) => status !== 404 && status !== 503),
      [],
    );
    assert.ok(grown < ROOM_MIB, `${grown} MiB`);
    assert.equal(await statusOf('/products/prod-0'), 200);
  });

  it('is over when it is over: what was refused is answered', async () => {
    for (let n = 0; n < 50; n += 1) assert.equal(await statusOf(`/products/prod-${n}`), 200);
    assert.equal(await statusOf('/health/ready'), 200);
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
  it('refuses what memory can not answer, and writes; never hits, probes or scrapes', async () => {
    const [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, CACHE_WARM_KEYS: '10' };
    // One that leaves what is hot to those who start after it.
    const earlier = await startApi(settings);
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
      const hit = await api.get('/products/prod-0');
      assert.match(hit.headers.get('cache-status') ?? '', /hit.*detail=l1/);
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
