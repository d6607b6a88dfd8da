import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Script } from '#libs/redis';
import { createCacheNode } from '../../support/cache-node.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { namespace } from '../../support/redis-keys.ts';
import { until } from '../../support/until.ts';

const SCRIPT: Script = { name: 'firstKey', numberOfKeys: 'any', lua: 'return KEYS[1]' };

it('a script with any number of keys finds the master of its keys, whatever else is sent in that moment', async () => {
  const cluster = await startRedisCluster();
  const node = await createCacheNode({ redisUrl: cluster.url });
  try {
    node.link.defineScripts([SCRIPT]);
    await until('it is connected', () => node.link.state === 'connected');
    const keys = Array.from({ length: 50 }, (_, n) => `product:prod-${n}`);
    const outcomes = await Promise.all(keys.map((key) => node.link.runScript<Buffer>(SCRIPT, [key], [])));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.kind === 'answered' ? String(outcome.value) : outcome)),
      keys.map((key) => `${namespace}${key}`),
    );
  } finally {
    node.close();
    await cluster.stop();
  }
});
