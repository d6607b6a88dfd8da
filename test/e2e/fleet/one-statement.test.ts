import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type Fleet, startFleet } from '../../support/fleet.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';

const LOAD = 'FROM products';

describe('a fleet of 4 processes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let fleet: Fleet;

  const repeat = (path: string) => Array.from({ length: 1_000 }, () => path);

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(11_000), startRedisServer()]);
    fleet = await startFleet(4, {
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      REDIS_COMMAND_TIMEOUT: '2s',
    });
    // Connections and compiled code are not what is measured.
    await fleet.getAll(Array.from({ length: 400 }, (_, n) => `/products/prod-${n}`));
  });
  after(async () => {
    await fleet.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('answers 1,000 concurrent requests for one cold product with one statement', async () => {
    const statements = await statementsDuring(catalogue, LOAD, async () => {
      const answers = await fleet.getAll(repeat('/products/prod-500'));
      assert.ok(answers.every(({ status, body }) => status === 200 && body.includes('"prod-500"')));
    });
    assert.equal(statements, 1);
  });

  it('answers 1,000 concurrent requests for one unknown id with one statement', async () => {
    const statements = await statementsDuring(catalogue, LOAD, async () => {
      const answers = await fleet.getAll(repeat('/products/unknown'));
      assert.ok(answers.every(({ status }) => status === 404));
    });
    assert.equal(statements, 1);
  });

  it('answers 10,000 different cold products with 200 statements at most', async (context) => {
    const paths = Array.from({ length: 10_000 }, (_, n) => `/products/prod-${n + 1_000}`);
    const statements = await statementsDuring(catalogue, LOAD, async () => {
      const answers = await fleet.getAll(paths);
      assert.ok(
        answers.every(({ status, body }, n) => status === 200 && body.includes(`"prod-${n + 1_000}"`)),
      );
    });
    context.diagnostic(`${statements} statements`);
    assert.ok(statements <= 200, `${statements} statements`);
  });
});

describe('a lease whose holder is killed in the middle of the load', () => {
  it('costs one statement more, and no reader waits longer than the lease and a load', async (context) => {
    const [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const settings = {
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      CACHE_LEASE_TTL: '1s',
      DATABASE_LOAD_TIMEOUT: '900ms',
    };
    const fleet = await startFleet(4, settings);
    const [holder, ...others] = fleet.apis;
    // The load hangs on a lock until the holder is dead.
    const release = await catalogue.lock('products');
    const statements = await statementsDuring(catalogue, LOAD, async () => {
      // Within the work: counting takes a moment too, in which the load could give up and return the lease.
      const doomed = holder?.get('/products/prod-1').catch(() => 'dead');
      const lease = redisKeys.lease('product:prod-1');
      await until('the load has its lease', async () => (await redis.client.exists(lease)) === 1);
      const startMs = performance.now();
      const answers = others.flatMap((api) => [1, 2, 3, 4, 5].map(() => api.get('/products/prod-1')));
      await holder?.stop('SIGKILL');
      await doomed;
      await release();
      assert.ok((await Promise.all(answers)).every(({ status }) => status === 200));
      const waitedMs = performance.now() - startMs;
      context.diagnostic(`the others waited ${Math.round(waitedMs)} ms`);
      assert.ok(waitedMs < 1_000 + 1_000, `waited ${waitedMs} ms`);
    });
    assert.ok(statements >= 1 && statements <= 2, `${statements} statements`);
    await fleet.stop();
    await redis.stop();
    await catalogue.drop();
  });
});
