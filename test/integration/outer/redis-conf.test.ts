import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { until } from '../../support/until.ts';
import { type ConfiguredRedis, startConfiguredRedis } from './support/configured-redis.ts';
import { projectFile } from './support/project.ts';
import { redisDirectives } from './support/redis-directives.ts';

const FILE = 'docker/redis/redis.conf';
/** The test's own, so that no other server is met. */
const OVERRIDDEN = ['port', 'bind'];

describe('redis.conf', () => {
  let redis: ConfiguredRedis;

  before(async () => {
    redis = await startConfiguredRedis(FILE);
  });
  after(() => redis.stop());

  it('is what a running server says of itself', async () => {
    for (const [name, expected] of redisDirectives(projectFile(FILE))) {
      if (OVERRIDDEN.includes(name)) continue;
      const [, actual = ''] = (await redis.client.config('GET', name)) as string[];
      // This one lists every class of clients, whichever the file names.
      if (name === 'client-output-buffer-limit') assert.ok(actual.includes(expected), `${name}: ${actual}`);
      else assert.equal(actual, expected, name);
    }
  });

  it('lets a process follow changes by broadcast tracking', async () => {
    const link = new Redis({ port: redis.port, host: '127.0.0.1', protocol: 2 });
    const heard: string[] = [];
    link.on('message', (_channel, key: string) => heard.push(key));
    const id = String(await link.client('ID'));
    await link.call(
      'CLIENT',
      'TRACKING',
      'ON',
      'REDIRECT',
      id,
      'BCAST',
      'PREFIX',
      'product:',
      'PREFIX',
      'category:',
    );
    await link.subscribe('__redis__:invalidate');
    await redis.client.mset('elsewhere:1', 'x', 'product:1', 'x', 'category:1', 'x');
    await until('both changes are heard', () => heard.length === 2);
    link.disconnect();
    assert.deepEqual(heard.toSorted(), ['category:1', 'product:1']);
  });
});

describe('redis.conf, when memory is full', () => {
  const HOUR_SECONDS = 3_600;
  const LEASES = Array.from({ length: 20 }, (_, n) => `lease:${n}`);
  let redis: ConfiguredRedis;

  before(async () => {
    redis = await startConfiguredRedis(FILE);
    const [, used = ''] = /used_memory:(\d+)/.exec(await redis.client.info('memory')) ?? [];
    // The file's bound, nearer: how a full server behaves does not hang on where full is.
    await redis.client.config('SET', 'maxmemory', String(Number(used) + 4 * 1024 ** 2));
  });
  after(() => redis.stop());

  async function allOf(writes: ReturnType<Redis['pipeline']>): Promise<void> {
    for (const [error] of (await writes.exec()) ?? []) assert.ifError(error);
  }

  /** More entries than fit, none of them read for an hour: RESTORE sets the idle time, so the test need not wait. */
  async function fillWithIdle(entry: Buffer): Promise<void> {
    const writes = redis.client.pipeline();
    for (let n = 0; n < 10_000; n += 1) {
      writes.restore(`product:${n}`, HOUR_SECONDS * 1_000, entry, 'IDLETIME', HOUR_SECONDS);
    }
    await allOf(writes);
  }

  /** Leases, each followed by more new entries, which take the room of old ones. */
  async function press(): Promise<void> {
    for (const lease of LEASES) {
      const writes = redis.client.pipeline().set(lease, 'holder', 'EX', 60);
      for (let n = 0; n < 100; n += 1)
        writes.set(`product:${lease}:${n}`, 'x'.repeat(1_000), 'EX', HOUR_SECONDS);
      await allOf(writes);
    }
  }

  it('goes on taking writes, and gives up idle entries rather than the watermark or a lease', async () => {
    await redis.client.set('source', 'x'.repeat(1_000));
    const entry = await redis.client.dumpBuffer('source');
    await redis.client.restore('watermark', 0, entry, 'IDLETIME', 2 * HOUR_SECONDS);
    await fillWithIdle(entry);
    await press();
    const [, evicted = ''] = /evicted_keys:(\d+)/.exec(await redis.client.info('stats')) ?? [];
    assert.ok(Number(evicted) > 5_000, `evicted: ${evicted}`);
    assert.equal(await redis.client.exists('watermark'), 1);
    assert.equal(await redis.client.exists(...LEASES), LEASES.length);
  });
});
