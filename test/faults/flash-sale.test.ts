import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { until } from '../support/until.ts';

const BUYERS = 500;
const STOCK = 100;

describe('a flash sale', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let apis: Api[];

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    apis = await Promise.all([startApi(settings), startApi(settings)]);
    await catalogue.sql(`UPDATE products SET stock = ${STOCK} WHERE id = 'prod-1'`);
  });
  after(async () => {
    redis.resume();
    await Promise.all(apis.map((api) => api.stop()));
    await redis.stop();
    await catalogue.drop();
  });

  it('of 100 to 500 buyers over two processes sells 100 and refuses each of the others, also if Redis stalls in the middle', async () => {
    let answered = 0;
    const buy = async (n: number) => {
      const answer = await send(apis[n % 2] as Api, 'POST', '/products/prod-1/stock', { delta: -1 });
      answered += 1;
      if (answered === STOCK / 2) redis.pause();
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: BUYERS }, (_, n) => buy(n)));
    const sold = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ json }) => json.code === 'STOCK_INSUFFICIENT');
    assert.deepEqual([sold.length, refused.length], [STOCK, BUYERS - STOCK]);
    // Each buyer got another of the hundred.
    assert.equal(new Set(sold.map(({ json }) => json.stock)).size, STOCK);
    assert.deepEqual(await catalogue.sql(`SELECT stock FROM products WHERE id = 'prod-1'`), [{ stock: 0 }]);
    redis.resume();
    await until('both serve what is left', async () => {
      const left = await Promise.all(apis.map((api) => send(api, 'GET', '/products/prod-1')));
      return left.every(({ json }) => json.stock === 0);
    });
  });
});
