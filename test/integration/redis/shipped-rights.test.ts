import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { Watermark } from '#src/libs/coherence/src/watermark';
import { entryOf, freshKey } from '../../contracts/tiers/samples.ts';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { monitor } from '../../support/monitor.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { deniedBy, startShippedRedis } from '../../support/shipped-redis.ts';
import { until } from '../../support/until.ts';
import { projectFile } from '../outer/support/project.ts';

/** The check of the rights tries all of them, so that its commands show the need of none. */
const OF_CHECK = /^(?:hotshelf:)?rights$/;

/** A connection may send them before it has shown who it is. */
const FREE = new Set(['hello', 'auth']);

/** Commands as ACL names them, of the service and of its scripts. */
async function recording(client: Redis) {
  const commands = new Set<string>();
  const stop = await monitor(client, ({ words, byScript }) => {
    const [name = '', sub = ''] = words;
    if (words.some((word) => OF_CHECK.test(word)) || (/^time$/i.test(name) && !byScript)) return;
    // The test's own connection, which counts for nothing.
    if (/^(?:pexpire|pttl)$/i.test(name) && !byScript) return;
    commands.add((/^client$/i.test(name) ? `${name}|${sub}` : name).toLowerCase());
  });
  return { commands, stop };
}

/** Extends a life if less than half of it is left. */
async function useGroups({ groups, config }: CacheNode, { client }: RedisServer): Promise<void> {
  const current = () => groups.keyWithin('category:all', 'category:all:page');
  assert.equal(await groups.begin('category:all'), true);
  await client.pexpire(redisKeys.entry('category:all:generation'), 10_000);
  groups.forgetAll();
  const key = await current();
  assert.ok((await client.pttl(redisKeys.entry('category:all:generation'))) > config.graceMs);
  groups.forgetAll();
  assert.equal(await current(), key);
}

/** All that the cache and its coherence do with Redis. */
async function useEverything(redis: RedisServer): Promise<void> {
  const node = await createCacheNode({ redisUrl: redis.url, tracked: true });
  try {
    const watermark = new Watermark(node.link);
    const key = freshKey();
    const lease = await node.l2.lease(key);
    assert.ok(lease !== null);
    assert.equal(await node.l2.fill(entryOf(key, 1), lease), 'filled');
    assert.equal(await node.l2.claim(key, 2), 2);
    assert.equal(await node.l2.put(entryOf(key, 2), 2), 'accepted');
    const other = freshKey();
    const claim = await node.l2.announce(other);
    assert.equal(await node.l2.announce(other), claim);
    await node.tombstones.put([{ key: other, version: 1 }]);
    assert.equal(await node.l2.put(entryOf(other, 2), claim), 'accepted');
    assert.equal((await node.readL2(key)).kind, 'hit');
    const versionless = { key, version: Number.NaN };
    assert.equal(await node.tombstones.put([{ key, version: 3 }, versionless]), true);
    await useGroups(node, redis);
    assert.equal((await watermark.read()).kind, 'known');
    assert.equal(await node.namespace.purge([''], 'outbox:watermark'), true);
    await node.link.probe();
  } finally {
    node.close();
  }
}

describe('the user hotshelf of docker/redis/users.acl', () => {
  let redis: RedisServer;

  before(async () => {
    redis = await startShippedRedis();
  });
  after(() => redis.stop());

  it('may run the commands that the service uses, and no others', async () => {
    const [, rights = ''] =
      /^user hotshelf .* -@all (.+)$/m.exec(projectFile('docker/redis/users.acl')) ?? [];
    const allowed = rights.split(' ').map((right) => right.slice(1));
    const { commands, stop } = await recording(redis.client);
    await useEverything(redis);
    const used = () => [...commands].filter((name) => !FREE.has(name));
    await until('all is recorded', () => used().includes('unlink'));
    stop();
    assert.deepEqual(used().toSorted(), allowed.toSorted());
    assert.deepEqual(await deniedBy(redis), []);
  });

  it('reaches no key of another prefix, no other channel and no command of an operator', async () => {
    const own = new Redis(redis.url);
    const refused = (run: Promise<unknown>) => assert.rejects(run, /NOPERM/);
    await refused(own.get('other:1'));
    await assert.rejects(own.eval("return redis.call('GET', 'other:1')", 0), /ACL failure/);
    await refused(own.flushall());
    await refused(own.config('GET', '*'));
    await refused(own.keys('*'));
    await refused(own.call('ACL', 'WHOAMI'));
    await refused(own.subscribe('news'));
    own.disconnect();
    await redis.client.call('ACL', 'LOG', 'RESET');
  });

  it('is needed: the default user is off', async () => {
    const { host } = new URL(redis.url);
    const anonymous = new Redis(`redis://${host}`, { lazyConnect: true, retryStrategy: () => null });
    const failed = new Promise<Error>((resolve) => anonymous.on('error', resolve));
    anonymous.connect().catch(() => undefined);
    assert.match((await failed).message, /NOAUTH/);
    anonymous.disconnect();
  });
});
