import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

/** What binary sums come near to and miss, and the ends of the range. */
const PRICES = ['0.3', '0.1', '0.7', '1.1', '4.35', '0.29', '1.15', '0.01', '1234567.89', '9999999.99'];
/** The sums of sums, as Postgres adds them up: `0.1 + 0.2` and its like. */
const SUMS = [
  ['0.1', '0.2', '0.3'],
  ['0.7', '0.1', '0.8'],
  ['1.1', '2.2', '3.3'],
  ['4.35', '0.01', '4.36'],
  ['9999999.9', '0.09', '9999999.99'],
] as const;

const idOf = (n: number) => `exact-${n}`;

const NAMED = `/products?ids=${PRICES.map((_, n) => idOf(n)).join(',')}`;

/** The numbers as their text stands in the answer: parsed, they would have been rounded alike. */
const pricesIn = (text: string) => [...text.matchAll(/"price":([^,}]+)/g)].map(([, price]) => price);

describe('prices of two decimals', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(0), startRedisServer()]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('exact', 'Exact') ON CONFLICT DO NOTHING`);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  /** Reads all of it where each tier in turn has to answer. */
  async function assertEverywhere(expected: readonly string[]): Promise<void> {
    const paths = ['/products/exact-0', NAMED, '/products?category=exact'];
    const tiers: (string | undefined)[] = [];
    const read = async (from: Api, headers = {}) => {
      for (const path of paths) {
        const response = await from.get(path, headers);
        const prices = pricesIn(await response.text());
        const tier = /detail=(\w+)/.exec(response.headers.get('cache-status') ?? '')?.[1];
        assert.deepEqual(prices, path === paths[0] ? expected.slice(0, 1) : expected, `${path} from ${tier}`);
        tiers.push(tier);
      }
    };
    // The relay may be applying the writes, and remove the entries from Redis: then once more.
    await until('one process has it from the origin, another from L2 and then from L1', async () => {
      const other = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
      tiers.length = 0;
      try {
        await read(api, { 'cache-control': 'no-cache' });
        await read(other);
        await read(other);
      } finally {
        await other.stop();
      }
      return tiers.join() === ['origin', 'redis', 'l1'].flatMap((tier) => [tier, tier, tier]).join();
    });
  }

  it('are exact in lists, pages and single answers, as they were made', async () => {
    for (const [n, price] of PRICES.entries()) {
      const body = `{"id":"${idOf(n)}","name":"x","price":${price},"stock":1,"category":"exact"}`;
      const made = await send(api, 'POST', '/products', body);
      assert.deepEqual([made.status, pricesIn(made.text)], [201, [price]]);
    }
    await assertEverywhere(PRICES);
  });

  it('are exact everywhere after a patch', async () => {
    const changed = PRICES.toReversed();
    for (const [n, price] of changed.entries()) {
      const patched = await send(api, 'PATCH', `/products/${idOf(n)}`, `{"price":${price}}`);
      assert.deepEqual(pricesIn(patched.text), [price]);
    }
    await assertEverywhere(changed);
  });

  for (const [one, more, sum] of SUMS) {
    it(`add up: ${one} and ${more} are ${sum}`, async () => {
      await catalogue.sql(`UPDATE products SET price = $1::numeric + $2::numeric WHERE id = 'exact-0'`, [
        one,
        more,
      ]);
      const read = await api.get('/products/exact-0', { 'cache-control': 'no-cache' });
      assert.deepEqual(pricesIn(await read.text()), [sum]);
      assert.equal((await send(api, 'PATCH', '/products/exact-0', `{"price":${sum}}`)).status, 200);
    });
  }

  it('of a sum that binary has missed are refused, not rounded', async () => {
    for (const price of [0.1 + 0.2, 0.7 + 0.1, 1.1 + 2.2]) {
      const { status, broken } = await send(api, 'PATCH', '/products/exact-0', { price });
      assert.deepEqual([status, broken], [400, ['price decimals']], String(price));
    }
  });
});
