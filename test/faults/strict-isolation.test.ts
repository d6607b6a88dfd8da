import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';

const BUYERS = 60;
const AT_ONCE = 8;
const STOCK = 45;

for (const isolation of ['repeatable read', 'serializable'] as const) {
  describe(`a database whose transactions are ${isolation} by default`, () => {
    let catalogue: Catalogue;
    let redis: RedisServer;
    let apis: readonly Api[];

    before(async () => {
      [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
      const name = new URL(catalogue.url).pathname.slice(1);
      await catalogue.sql(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`);
      const settings = {
        DATABASE_URL: catalogue.url,
        REDIS_URL: redis.url,
        // A busy machine is not under test.
        SHED_EVENT_LOOP_DELAY: '10s',
      };
      apis = await Promise.all([startApi(settings), startApi(settings)]);
    });
    after(async () => {
      await Promise.all(apis.map((api) => api.stop()));
      await redis.stop();
      await catalogue.drop();
    });

    /** One product, many buyers: each has to wait for the row that another one changes. */
    async function sellOut(id: string): Promise<string[]> {
      await catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, STOCK]);
      const answers: string[] = [];
      let next = 0;
      const buyInTurn = async () => {
        while (next < BUYERS) {
          const api = apis[next++ % apis.length] as Api;
          const { status, json } = await send(api, 'POST', `/products/${id}/stock`, { delta: -1 });
          answers.push(status === 200 ? 'sold' : String(json.code));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, buyInTurn));
      return answers;
    }

    it('sells exactly what is in stock, and refuses no buyer for the others', async () => {
      for (const id of ['prod-1', 'prod-2', 'prod-3']) {
        const answers = await sellOut(id);
        const counts = Object.fromEntries(
          [...new Set(answers)].map((answer) => [answer, answers.filter((each) => each === answer).length]),
        );
        assert.deepEqual(counts, { sold: STOCK, STOCK_INSUFFICIENT: BUYERS - STOCK });
        assert.deepEqual(await catalogue.sql('SELECT stock FROM products WHERE id = $1', [id]), [
          { stock: 0 },
        ]);
      }
    });
  });
}
