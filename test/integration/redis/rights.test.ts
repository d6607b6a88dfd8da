import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster, Redis } from 'ioredis';
import { readConfig } from '#libs/config';
import type { RedisClient } from '#src/libs/redis/src/client-options';
import { clusterClient, singleClient } from '#src/libs/redis/src/client-options';
import { describeRefusals, refusedRights } from '#src/libs/redis/src/rights';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { startRedisServer } from '../../support/redis-server.ts';

const configOf = (url: string) => readConfig({ DATABASE_URL: 'postgres://x/x', REDIS_URL: url }).redis;

async function missing(client: RedisClient): Promise<string> {
  const refusals = (await refusedRights(client)) ?? [];
  return refusals.length === 0 ? '' : describeRefusals(refusals, 'hotshelf:');
}

const EACH = ['eval', 'evalsha', 'set', 'get', 'pttl', 'pexpire', 'time', 'scan', 'unlink', 'del'];

describe('the rights that the service needs', () => {
  it('are missed one by one, and all at once', async () => {
    const redis = await startRedisServer();
    const config = configOf(redis.url.replace('//', '//api:secret@'));
    const grant = (...rights: string[]) =>
      redis.client.call('ACL', 'SETUSER', 'api', 'reset', 'on', '>secret', '~hotshelf:*', '+@all', ...rights);
    await grant();
    const { url, ...options } = singleClient(config, redis.url.replace('//', '//api:secret@'));
    const client = new Redis(url, { ...options, commandTimeout: 5_000 });
    await client.connect();
    assert.equal(await missing(client), '');
    for (const name of EACH) {
      await grant(`-${name}`);
      assert.equal(await missing(client), `the Redis user lacks the rights +${name} (NOPERM)`);
    }
    await grant('-set', '-get', 'resetkeys');
    assert.match(await missing(client), /lacks the rights ~hotshelf:\* \+set \+get|\+set \+get/);
    await grant();
    assert.equal(await missing(client), '');
    assert.deepEqual(await redis.client.keys('*'), [], 'nothing is left of it');
    client.disconnect();
    await redis.stop();
  });

  it('are those on every master of a cluster', async () => {
    const cluster = await startRedisCluster();
    const { nodes, ...options } = clusterClient(configOf(cluster.url), cluster.url.split(','));
    const { redisOptions } = options;
    const client = new Cluster(nodes, {
      ...options,
      redisOptions: { ...redisOptions, commandTimeout: 5_000 },
    });
    await client.connect();
    assert.deepEqual(await refusedRights(client), []);
    const [, , last] = cluster.masters;
    await last?.client.call('ACL', 'SETUSER', 'default', '-set');
    assert.equal(await missing(client), 'the Redis user lacks the rights +set (NOPERM)');
    await last?.client.call('ACL', 'SETUSER', 'default', '+set');
    client.disconnect();
    await cluster.stop();
  });
});
