import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { readConfig } from '#libs/config';
import { singleClient } from '#src/libs/redis/src/client-options';
import { LOADING_ANSWERS_EVERY_BYTES, RELOADABLE } from '../../support/loading-redis.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const KEYS = 4_000;
const KEY_TAKES_MICROS = 10_000;

describe('a connection to a Redis that loads its data', () => {
  let redis: RedisServer;
  let client: Redis;
  let loader: Redis;

  const reported = async (field: string) => {
    const info = await redis.client.info();
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  };

  before(async () => {
    redis = await startRedisServer(RELOADABLE);
    const { url, ...options } = singleClient(
      readConfig({ DATABASE_URL: 'postgres://x/x', REDIS_URL: redis.url }).redis,
      redis.url,
    );
    client = new Redis(url, options);
    client.on('error', () => undefined);
    loader = redis.client.duplicate();
    await loader.connect();
  });
  after(async () => {
    client.disconnect();
    loader.disconnect();
    await redis.stop();
  });

  it('is ready soon after it has loaded, however long that was going to take', async () => {
    // Incompressible values, so that it answers after each.
    const values = Array.from({ length: KEYS }, (_, n) => [
      `key:${n}`,
      randomBytes(LOADING_ANSWERS_EVERY_BYTES),
    ]);
    await redis.client.mset(values.flat());
    await redis.client.config('SET', 'key-load-delay', KEY_TAKES_MICROS);
    const loaded = loader.call('DEBUG', 'RELOAD');
    await until('it says that it will take long', async () => (await reported('loading_eta_seconds')) > 10);
    client.connect().catch(() => undefined);
    await until('the connection has asked whether it loads', async () =>
      /name=hotshelf .*cmd=info/.test(String(await redis.client.client('LIST'))),
    );
    assert.notEqual(client.status, 'ready');
    await redis.client.config('SET', 'key-load-delay', 0);
    await loaded;
    await until('it is ready', () => client.status === 'ready', 5_000);
  });
});
