import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

describe('a product whose row changes again before its change is committed', () => {
  let catalogue: Catalogue;
  let api: Api;
  let redis: RedisServer;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is answered with the tag that it has in the end, if it is made while another transaction deletes it', async () => {
    // Of a version that is greater than the one that the insert takes before it waits.
    const commit = await catalogue.hold(
      `DELETE FROM products WHERE id = 'prod-1'; UPDATE outbox SET version = version + 3 WHERE key = 'product:prod-1'`,
    );
    const post = send(api, 'POST', '/products', { id: 'prod-1', name: 'Again', price: 1, stock: 1 });
    await until('the insert waits for the deletion', async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      return (await catalogue.sql(waits)).length === 1;
    });
    await commit();
    const made = await post;
    assert.equal(made.status, 201);
    const got = await send(api, 'GET', '/products/prod-1', undefined, { 'cache-control': 'no-cache' });
    assert.deepEqual([made.text, made.headers.get('etag')], [got.text, got.headers.get('etag')]);
  });

  it('is read as another trigger leaves it, soon after a change of one statement', async () => {
    await catalogue.sql(
      `CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN UPDATE products SET stock = 1000 WHERE id = NEW.id; RETURN NULL; END $$;
       CREATE TRIGGER more AFTER UPDATE ON products FOR EACH ROW WHEN (NEW.stock = 999) EXECUTE FUNCTION more()`,
    );
    assert.equal((await send(api, 'PATCH', '/products/prod-2', { stock: 999 })).status, 200);
    await until(
      'the last state is read',
      async () => (await send(api, 'GET', '/products/prod-2')).json.stock === 1_000,
    );
  });
});
