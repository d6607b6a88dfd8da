import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Redis } from 'ioredis';
import { readConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { DependencyPolicy, ResilienceEvents } from '#libs/resilience';
import { singleClient } from '#src/libs/redis/src/client-options';
import { startRedisServer } from '../../support/redis-server.ts';

it('waits for the connection beyond the first attempt that fails', async () => {
  const server = await startRedisServer();
  await server.kill();
  const { redis: config } = readConfig({ DATABASE_URL: 'postgres://x/x', REDIS_URL: server.url });
  const { url, ...options } = singleClient(config, server.url);
  const client = new Redis(url, options);
  const policy = {
    dependency: 'redis',
    timeoutMs: 1_000,
    failures: 5,
    windowMs: 10_000,
    openMs: 30_000,
  } as const;
  const link = new RedisLink({ client }, new DependencyPolicy(policy, new ResilienceEvents()));
  const refused = new Promise((resolve) => client.once('close', resolve));
  link.onModuleInit();
  const connected = link.connectedWithin(10_000);
  await refused;
  await server.restart();
  await connected;
  assert.equal(link.state, 'connected');
  client.disconnect();
  await server.stop();
});
