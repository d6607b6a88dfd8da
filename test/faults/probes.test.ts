import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { statementsDuring } from '../support/statements.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

interface Health {
  readonly status: string;
  readonly details: Record<string, Record<string, unknown>>;
}

describe('the probes', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let proxy: TcpProxy;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    proxy = await startTcpProxy(catalogue.url);
    const url = onPort(catalogue.url, proxy.port);
    api = await startApi({ DATABASE_URL: url, REDIS_URL: redis.url });
    await until('all is well', async () => (await health()).status === 'ok');
  });
  after(async () => {
    await api.stop();
    await proxy.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const probe = async (path: string): Promise<Health & { code: number }> => {
    const response = await api.get(path);
    return { code: response.status, ...((await response.json()) as Health) };
  };
  const health = () => probe('/health');

  it('report the state of each dependency, its latency, and the age of both', async () => {
    const { details } = await health();
    for (const name of ['postgres', 'redis']) {
      const { status, breaker, latency_ms: latency, checked_ms_ago: age } = details[name] ?? {};
      assert.deepEqual([status, breaker], ['up', 'closed'], name);
      assert.ok(typeof latency === 'number' && latency > 0 && typeof age === 'number' && age >= 0, name);
    }
    const { status, tracking, trust } = details['cache'] ?? {};
    assert.deepEqual({ status, tracking, trust }, { status: 'up', tracking: 'linked', trust: 'trusted' });
  });

  it('show no address, no port and no error', async () => {
    const page = JSON.stringify(await health());
    for (const secret of [new URL(redis.url).port, String(proxy.port), '127.0.0.1', 'ECONN', '://']) {
      assert.ok(!page.includes(secret), secret);
    }
  });

  it('ask no dependency, however many come', async () => {
    const asked = await statementsDuring(catalogue, 'SELECT $1', async () => {
      for (let n = 0; n < 100; n += 1) await Promise.all([health(), health(), health()]);
    });
    // The background check goes on meanwhile.
    assert.ok(asked < 30, `${asked} statements for 300 probes`);
  });

  it('call a service without Redis degraded and ready, and live', async () => {
    await redis.kill();
    await until('it is noticed', async () => {
      const { status, details } = await health();
      return status === 'degraded' && details['redis']?.['status'] === 'degraded';
    });
    const { details } = await health();
    assert.deepEqual([details['postgres']?.['status'], details['cache']?.['status']], ['up', 'degraded']);
    assert.deepEqual([(await probe('/health/ready')).code, (await probe('/health/live')).code], [200, 200]);
    await redis.restart();
    await until('all is well again', async () => (await health()).status === 'ok');
  });

  it('call a service without Postgres ready while something can be answered, and not when nothing can', async () => {
    assert.equal((await api.get('/products/prod-1')).status, 200);
    proxy.swallow();
    await until('it is noticed', async () => (await health()).details['postgres']?.['status'] === 'degraded');
    assert.deepEqual([(await probe('/health/ready')).code, (await probe('/health/live')).code], [200, 200]);
    proxy.pass();
    proxy.cut();
    await until('all is well again', async () => (await health()).status === 'ok');
  });

  it('report a process that can answer no read as not ready, and as alive', async () => {
    const url = onPort(catalogue.url, proxy.port);
    const bare = await startApi({ DATABASE_URL: url });
    try {
      assert.equal((await bare.get('/health/ready')).status, 200);
      proxy.swallow();
      await until('it is not ready', async () => (await bare.get('/health/ready')).status === 503);
      const body = (await (await bare.get('/health')).json()) as Health;
      assert.deepEqual([body.status, body.details['postgres']?.['status']], ['error', 'down']);
      assert.equal((await bare.get('/health/live')).status, 200);
      proxy.pass();
      proxy.cut();
      await until('it is ready again', async () => (await bare.get('/health/ready')).status === 200);
    } finally {
      await bare.stop();
    }
  });
});
