import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { encodeCursor } from '#src/apps/api/src/catalogue/products/listing';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { namespace, redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { residentMib } from '../../support/resident-mib.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const PRODUCTS = 4_000;
const MIB = 2 ** 20;

/** The life in Redis of what was asked for once, and of the generation of a group that was. */
const LIFE_MS = 5_000;
const GENERATION_LIFE_MS = 30_000;

/** What of a flood is kept: so much at once, and so much in a second after that. */
const ALLOWANCE = 2_000;
const ALLOWANCE_PER_SECOND = 2;

/** What the garbage of as many requests adds to a process, whatever it keeps. */
const MOST_RESIDENT_MIB = 64;
const MOST_REDIS_MIB = 8;

interface Flood {
  readonly requests: number;
  readonly path: (n: number) => string;
  /** Products that more than one of the requests ask for, and that are kept. */
  readonly shared?: number;
}

/** Each request asks for something that no other asks for. */
const FLOODS: Record<string, Flood> = {
  // Of ids that begin with prod-1, in the order of bytes: each page is of another product.
  cursors: { requests: 1_000, path: (n) => `/products?limit=1&cursor=${cursorAfter(1_000 + n)}` },
  limits: { requests: 99, path: (n) => `/products?limit=${2 + n}&cursor=${cursorAfter(3_000)}`, shared: 100 },
  'sets of ids': { requests: 20, path: (n) => `/products?ids=${idsFrom('prod', 2_000 + n * 50)}` },
  'unknown ids': { requests: 3_000, path: (n) => `/products/none-${n}` },
  'sets of unknown ids': { requests: 60, path: (n) => `/products?ids=${idsFrom('nil', n * 50)}` },
  'unknown categories': { requests: 1_000, path: (n) => `/products?category=none-${n}` },
};

const cursorAfter = (n: number) => encodeCursor(`prod-${n}`, null);
const idsFrom = (name: string, first: number) =>
  Array.from({ length: 50 }, (_, n) => `${name}-${first + n}`).join(',');

/** A request that a busy test machine refuses would have to be made again, and then asks for the second time. */
const PATIENT = {
  SHED_EVENT_LOOP_DELAY: '0ms',
  SHED_READ_TIMEOUT: '60s',
  DATABASE_LOAD_TIMEOUT: '20s',
  CACHE_LEASE_TTL: '30s',
  REDIS_COMMAND_TIMEOUT: '2s',
};

describe('what clients ask for once, in a flood of it', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });

  const status = (path: string) =>
    new Promise<number>((resolve, reject) => {
      request(api.url + path, { agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });
  const ask = async (requests: number, path: (n: number) => string) => {
    let next = 0;
    const worker = async () => {
      while (next < requests) {
        const code = await status(path(next++));
        assert.ok(code === 200 || code === 404, `${code}`);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
  };
  const redisMib = async () => Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]) / MIB;
  /** The keys of entries that live longer than they should, with their lives. */
  const longLived = async () => {
    const found: string[] = [];
    for (const key of await redis.client.keys(`${namespace}{*`)) {
      const limitMs = key.includes(':generation') ? GENERATION_LIFE_MS : LIFE_MS;
      const leftMs = await redis.client.pttl(key);
      if (leftMs > limitMs) found.push(`${key} ${leftMs}`);
    }
    return found;
  };
  /** The gauge is set once in a second. */
  const entriesInL1 = async () => {
    const askedAtMs = performance.now();
    await until('the gauge was set', () => performance.now() - askedAtMs > 1_200);
    return api.metric('cache_l1_entries');
  };
  const tier = async (path: string) =>
    /detail=(\w+)/.exec((await api.get(path)).headers.get('cache-status') ?? '')?.[1];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, ...PATIENT });
    await untilUsesRedis(api);
    // The group of all pages is one that many ask for.
    for (let n = 0; n < 3; n += 1) await status('/products?limit=1');
    await ask(ALLOWANCE / 50 + 1, (n) => `/products?ids=${idsFrom('void', n * 50)}`);
  });
  after(async () => {
    agent.destroy();
    await api.stop('SIGKILL');
    await Promise.all([redis.stop(), catalogue.drop()]);
  });

  for (const [name, { requests, path, shared = 0 }] of Object.entries(FLOODS)) {
    it(`is answered and not kept: ${requests} ${name}`, async () => {
      const known = new Set(await redis.client.keys(`${namespace}{*`));
      const before = { entries: await entriesInL1(), redis: await redisMib() };
      const residentBefore = (await residentMib(api)).now;
      const startedAtMs = performance.now();
      await ask(requests, path);
      const kept = (await longLived()).filter((each) => !known.has(each.split(' ')[0] ?? ''));
      const allowed = () => shared + ALLOWANCE_PER_SECOND * ((performance.now() - startedAtMs) / 1_000 + 5);
      assert.ok(kept.length <= allowed(), `${kept.length} keys: ${kept.slice(0, 5)}`);
      const grown = (await redisMib()) - before.redis;
      assert.ok(grown < MOST_REDIS_MIB, `Redis has grown by ${grown} MiB`);
      const resident = (await residentMib(api)).now - residentBefore;
      assert.ok(resident < MOST_RESIDENT_MIB, `the process has grown by ${resident} MiB`);
      const entries = (await entriesInL1()) - before.entries;
      assert.ok(entries <= allowed(), `${entries} more entries in L1`);
    });
  }

  it('is kept when it is asked for again', async () => {
    const page = `/products?limit=5&cursor=${cursorAfter(3_500)}`;
    const set = '/products?ids=prod-100,prod-101';
    const category = '/products?category=not-there';
    for (const path of [page, set, category]) {
      await status(path);
      await status(path);
      // What it was asked for once with has to end first: a life that began short is not extended.
      await until('it is loaded again, for longer', async () => {
        await status(path);
        return Number(/ttl=(-?\d+)/.exec((await api.get(path)).headers.get('cache-status') ?? '')?.[1]) > 10;
      });
      assert.equal(await tier(path), 'l1');
    }
    assert.equal(await status('/products/not-there'), 404);
    assert.equal(await status('/products/not-there'), 404);
    await until('it is remembered for longer, and not for long', async () => {
      await status('/products/not-there');
      const leftMs = await redis.client.pttl(redisKeys.entry('product:not-there'));
      return leftMs > LIFE_MS && leftMs <= 35_000;
    });
  });
});
