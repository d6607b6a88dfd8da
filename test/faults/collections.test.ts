import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const INSERT = `INSERT INTO products (id, name, price, stock, category_id) VALUES ($1, $1, 1, 1, 'cat-test')`;

const BATCH = '/products?ids=prod-1,prod-2';
const PAGE = '/products?category=cat-test&limit=5';

const isStale = (response: Response) => {
  return response.status === 200 && /; hit; ttl=-\d+; /.test(response.headers.get('cache-status') ?? '');
};

describe('several products at once, while Postgres is away', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let proxy: TcpProxy;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(50), startRedisServer()]);
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });
  beforeEach(async () => {
    proxy = await startTcpProxy(catalogue.url);
  });
  afterEach(async () => {
    await api.stop();
    await proxy.stop();
  });

  async function start(settings: Record<string, string>): Promise<void> {
    const url = new URL(catalogue.url);
    url.host = `127.0.0.1:${proxy.port}`;
    api = await startApi({ DATABASE_URL: url.href, DATABASE_LOAD_TIMEOUT: '300ms', ...settings });
    for (const path of [BATCH, PAGE]) assert.equal((await api.get(path)).status, 200);
    proxy.swallow();
  }

  it('are served from L1 in their grace, and marked stale', async () => {
    await start({ REDIS_URL: redis.url, CACHE_FRESH_TTL: '50ms', CACHE_FRESH_JITTER: '0ms' });
    for (const path of [BATCH, PAGE]) {
      await until(`${path} is marked stale`, async () => isStale(await api.get(path)));
    }
  });

  it('are served without Redis too, and marked stale once they cannot be verified', async () => {
    await start({ CACHE_L1_UNSYNCED_TTL: '50ms' });
    for (const path of [BATCH, PAGE]) {
      await until(`${path} is marked stale`, async () => isStale(await api.get(path)));
    }
  });

  it('are refused as a whole where no tier has one of them, as a problem', async () => {
    await start({});
    for (const path of ['/products?ids=prod-1,prod-30', '/products?category=cat-test&limit=6']) {
      const response = await api.get(path);
      assert.equal(response.status, 503);
      assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.equal(response.headers.get('link'), null);
      assert.equal(((await response.json()) as { code: string }).code, 'ORIGIN_UNAVAILABLE');
    }
  });
});

describe('several products at once, without Redis', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(5);
    api = await startApi({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '200ms' });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  it('are as they are within the time that L1 is trusted for', async () => {
    const ids = async () => {
      const { items } = (await (await api.get(PAGE)).json()) as { items: { id: string }[] };
      return items.map(({ id }) => id);
    };
    assert.equal((await ids())[0], 'prod-0');
    await catalogue.sql(INSERT, ['a-first']);
    await until('it has come', async () => (await ids())[0] === 'a-first');
    await catalogue.sql(`DELETE FROM products WHERE id = 'a-first'`);
    await until('it has gone', async () => (await ids())[0] === 'prod-0' && (await ids()).length === 5);
  });
});
