import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { until } from '../support/until.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

describe('a process that is killed between a commit and its answer', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let killed: Api;
  let other: Api;

  const made = () => catalogue.sql<{ id: string }>(`SELECT id FROM products WHERE name = 'Lamp'`);
  const waits = () =>
    catalogue.sql(
      `SELECT 1 FROM pg_stat_activity
       WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO products%' AND datname = current_database()`,
    );

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url };
    // So patient with Redis that one which stalls holds the answer back until the kill.
    const patient = { REDIS_COMMAND_TIMEOUT: '10s', DATABASE_LOAD_TIMEOUT: '20s', CACHE_LEASE_TTL: '30s' };
    [killed, other] = await Promise.all([startApi({ ...settings, ...patient }), startApi(settings)]);
  });
  after(async () => {
    redis.resume();
    await Promise.all([killed.stop('SIGKILL'), other.stop()]);
    await redis.stop();
    await catalogue.drop();
  });

  it('has made the product once: the same request again gets the answer that was never sent', async () => {
    const post = (process: Api) =>
      send(process, 'POST', '/products', LAMP, { 'idempotency-key': '"killed"' });
    const release = await catalogue.lock('products');
    const lost = assert.rejects(post(killed), 'its connection is gone before there was an answer');
    await until('the insert waits, with its lease taken', async () => (await waits()).length === 1);
    redis.pause();
    await release();
    await until('it is committed', async () => (await made()).length === 1);
    await killed.stop('SIGKILL');
    await lost;
    redis.resume();

    const again = await post(other);
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
    const [product, ...more] = await made();
    assert.deepEqual([again.json.id, more.length], [product?.id, 0]);
    assert.equal(again.headers.get('location'), `/products/${product?.id}`);
    const got = await send(other, 'GET', `/products/${product?.id}`);
    assert.deepEqual([got.text, got.headers.get('etag')], [again.text, again.headers.get('etag')]);
  });
});
