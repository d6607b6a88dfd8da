import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Server, startServer } from '../../bench/processes/server-process.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';

const MAIN = join(import.meta.dirname, '../../../dist/apps/baseline/src/main.js');

const WAITING = `
  SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

describe('the control of the benchmarks', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let server: Server;
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    server = await startServer({
      program: [MAIN],
      environment: { DATABASE_URL: catalogue.url, REDIS_URL: redis.url },
      readyPath: '/health',
      place: 'anywhere',
    });
  });
  after(async () => {
    await server.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('answers with the same product as the service, from Postgres and then from Redis', async () => {
    const answers = [await get('/products/prod-1'), await get('/products/prod-1')];
    assert.deepEqual(
      answers.map(({ headers }) => headers.get('x-cache')),
      ['miss', 'hit'],
    );
    for (const answer of answers) {
      const { last_updated, ...product } = (await answer.json()) as Record<string, unknown>;
      assert.deepEqual(product, { id: 'prod-1', name: 'Product 1', price: 1.99, stock: 1 });
      assert.equal(typeof last_updated, 'number');
    }
  });

  it('has no product that is not there', async () => {
    assert.equal((await get('/products/unknown')).status, 404);
  });

  it('has the faults that it is there for: a statement per waiter, and one life for every key', async () => {
    const release = await catalogue.lock('products');
    const statements = await statementsDuring(catalogue, 'FROM products', async () => {
      const answers = Array.from({ length: 20 }, () => get('/products/prod-2'));
      await until('every load is under way', async () => (await catalogue.sql(WAITING)).length === 20);
      await release();
      await Promise.all(answers);
    });
    assert.equal(statements, 20);
    const lives = await Promise.all(['prod-1', 'prod-2'].map((id) => redis.client.ttl(`baseline:${id}`)));
    assert.ok(lives.every((seconds) => seconds > 200 && seconds <= 300));
  });

  it('says that it is well while Redis is dead', async () => {
    await redis.kill();
    assert.deepEqual(await (await get('/health')).json(), { status: 'ok' });
  });
});
