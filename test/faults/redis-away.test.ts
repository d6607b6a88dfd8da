import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

describe('while Redis is away', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;
  let next = 0;

  /** A product that was not read before. */
  const coldPath = () => {
    next += 1;
    return `/products/prod-${next}`;
  };
  const detailOf = async (path: string) => (await api.get(path)).headers.get('cache-status') ?? '';

  /** A hit from Redis, seen by a process whose L1 never held the key. */
  const hitsComeFromRedis = async () => {
    const path = coldPath();
    const other = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      await until('an entry is put into Redis again', async () => {
        await other.get(path, { 'cache-control': 'no-cache' });
        return (
          (await redis.client.exists(redisKeys.entry(`product:${path.slice('/products/'.length)}`))) === 1
        );
      });
    } finally {
      await other.stop();
    }
    return /detail=redis/.test(await detailOf(path));
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await until('the service uses Redis', async () => {
      await api.get(coldPath());
      return (await redis.client.dbsize()) > 0;
    });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('answers every read while it is killed, says so, and uses it again when it is back', async () => {
    await redis.kill();
    for (let read = 0; read < 50; read += 1) {
      const response = await api.get(coldPath());
      assert.equal(response.status, 200);
      await response.arrayBuffer();
    }
    const health = (await (await api.get('/health')).json()) as {
      status: string;
      details: { redis: { status: string } };
    };
    assert.equal(health.status, 'degraded');
    assert.equal(health.details.redis.status, 'degraded');
    assert.equal((await api.get('/health/ready')).status, 200);

    await redis.restart();
    await until('hits come from Redis again', hitsComeFromRedis);
  });

  it('answers every read while it is paused, and soon without the wait', async () => {
    redis.pause();
    const latenciesMs: number[] = [];
    for (let read = 0; read < 30; read += 1) {
      const startMs = performance.now();
      const response = await api.get(coldPath());
      assert.equal(response.status, 200);
      await response.arrayBuffer();
      latenciesMs.push(performance.now() - startMs);
    }
    assert.ok(Math.max(...latenciesMs) < 1_000, `a read took ${Math.max(...latenciesMs)} ms`);
    assert.equal(await api.metric('breaker_state{dependency="redis",state="open"}'), 1);
    redis.resume();
    await until('the breaker closes on the first sign of life', async () => {
      await api.get('/health');
      return (await api.metric('breaker_state{dependency="redis",state="closed"}')) === 1;
    });
    assert.ok(await hitsComeFromRedis());
  });

  it('starts without it, and uses it when it comes', async () => {
    await redis.kill();
    const late = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      assert.equal((await late.get('/products/prod-1')).status, 200);
      await redis.restart();
      await until('the process puts what it reads into Redis', async () => {
        await late.get(coldPath());
        return (await redis.client.dbsize()) > 0;
      });
    } finally {
      await late.stop();
    }
  });
});
