import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const fileOf = (name: string) => new URL(`../../support/tls/test-only.${name}`, import.meta.url).pathname;

describe('a Redis over TLS', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let settings: { DATABASE_URL: string; REDIS_URL: string };
  let api: Api | undefined;

  const health = async () => (await (await api?.get('/health'))?.text()) ?? '';

  before(async () => {
    catalogue = await createCatalogue();
    const port = await freePort();
    const files = ['--tls-cert-file', fileOf('crt'), '--tls-key-file', fileOf('key')];
    redis = await startRedisServer(['--tls-port', `${port}`, ...files, '--tls-auth-clients', 'no']);
    settings = { DATABASE_URL: catalogue.url, REDIS_URL: `rediss://127.0.0.1:${port}` };
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  it('is read through, where its certificate is trusted', async () => {
    api = await startApi({ ...settings, NODE_EXTRA_CA_CERTS: fileOf('crt') });
    try {
      await until('Redis is connected', async () => JSON.parse(await health()).status === 'ok');
      assert.equal((await api.get('/products/prod-1')).status, 200);
      assert.equal(await redis.client.exists(redisKeys.entry('product:prod-1')), 1);
      const other = await startApi({ ...settings, NODE_EXTRA_CA_CERTS: fileOf('crt') });
      const again = await untilUsesRedis(other)
        .then(() => other.get('/products/prod-1'))
        .finally(() => other.stop());
      assert.match(again.headers.get('cache-status') ?? '', /detail=redis/);
      await until(
        'invalidations arrive over TLS too',
        () => api?.lines().some((line) => line.includes('client tracking established')) === true,
      );
    } finally {
      await api.stop();
    }
  });

  it('is refused where its certificate is not trusted; the service goes on without it', async () => {
    api = await startApi(settings);
    try {
      await until(
        'it says why',
        () => api?.lines().some((line) => /self-signed certificate/.test(line)) === true,
      );
      const answer = await api.get('/products/prod-2');
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('cache-status') ?? '', /detail=origin/);
      assert.equal((await api.get('/health/ready')).status, 200);
      assert.match(await health(), /degraded/);
      assert.equal(await redis.client.exists(redisKeys.entry('product:prod-2')), 0);
    } finally {
      await api.stop();
    }
  });
});
