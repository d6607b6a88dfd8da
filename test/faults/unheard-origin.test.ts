import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** `CACHE_L1_UNSYNCED_TTL`: an answer that is as good as new may be so old. */
const ALLOWED_MS = 1_000;
const CHANGED = 7_000;

interface Answer {
  readonly stock: number;
  readonly isStale: boolean;
  readonly status: string;
}

describe('a change that the service cannot see, since only the service is cut off from Postgres', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let proxy: TcpProxy;
  /** Of these, `l1` is asked for a product that it has, and `neighbour` for one that only Redis has. */
  let l1: Api;
  let neighbour: Api;

  async function ask(api: Api, path: string): Promise<Answer> {
    const response = await api.get(path);
    const status = response.headers.get('cache-status') ?? '';
    assert.equal(response.status, 200, status);
    const body = (await response.json()) as { stock: number; items?: [{ stock: number }] };
    return { stock: (body.items?.[0] ?? body).stock, isStale: /ttl=-/.test(status), status };
  }

  const setStock = (id: string, stock: number) =>
    catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, stock]);

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(100), startRedisServer()]);
    proxy = await startTcpProxy(catalogue.url);
    const url = onPort(catalogue.url, proxy.port);
    const settings = { DATABASE_URL: url, REDIS_URL: redis.url };
    [l1, neighbour] = await Promise.all([startApi(settings), startApi(settings)]);
  });
  after(async () => {
    await Promise.all([l1, neighbour].map((api) => api.stop()));
    await proxy.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is not concealed: every tier marks entries older than allowed as stale until Postgres answers', async () => {
    const paths = ['/products/prod-1', '/products?ids=prod-2'];
    // Its hot routes are known; the keys to be requested are only in Redis.
    for (const id of ['prod-3', 'prod-4']) await ask(neighbour, `/products/${id}`);
    for (const path of paths) {
      await until(`${path} is in L1, and as good as new`, async () => {
        const { isStale, status } = await ask(l1, path);
        return !isStale && status.includes('detail=l1');
      });
    }
    const pass = proxy.swallow();
    proxy.cut();
    await Promise.all([setStock('prod-1', CHANGED), setStock('prod-2', CHANGED)]);
    const changedAtMs = performance.now();

    await until('they may no longer claim to be fresh', () => performance.now() - changedAtMs > ALLOWED_MS);
    for (const [api, tier] of [
      [l1, 'l1'],
      [neighbour, 'redis'],
    ] as const) {
      for (const path of paths) {
        const { status, stock } = await ask(api, path);
        assert.match(status, new RegExp(`; ttl=-1; detail=${tier}$`), path);
        assert.notEqual(stock, CHANGED, 'no process can have seen it');
      }
    }

    pass();
    for (const api of [l1, neighbour]) {
      for (const path of paths) {
        await until(`${path} is new, and marked fresh`, async () => {
          const { stock, isStale } = await ask(api, path);
          return stock === CHANGED && !isStale;
        });
      }
    }
  });
});
