import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Cache, createCache } from '#libs/cache';
import { readConfig } from '#libs/config';
import { type OpenRedis, openRedis } from '#libs/redis';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** Two processes' caches, put together as in a program without Nest. */
describe('a cache made by createCache', () => {
  let server: RedisServer;
  let redis: OpenRedis[];
  let one: Cache;
  let other: Cache;
  let keys = 0;
  let key: `article:${string}`;

  const start = async (url: string): Promise<Cache> => {
    const config = readConfig({
      DATABASE_URL: 'postgres://x/x',
      REDIS_URL: url,
      REDIS_COMMAND_TIMEOUT: '2s',
    });
    const opened = openRedis(config);
    redis.push(opened);
    const cache = createCache({
      redis: opened,
      config: config.cache,
      shedding: config.shedding,
      prefixes: ['article:'],
    });
    cache.start();
    await opened.link.connectedWithin(5_000);
    await cache.ready();
    return cache;
  };
  const articleOf = (version: number) => async () => ({ value: { title: `title ${version} ☃` }, version });

  before(async () => {
    server = await startRedisServer();
    redis = [];
    [one, other] = [await start(server.url), await start(server.url)];
  });
  after(async () => {
    await Promise.all([one, other].map((cache) => cache.close()));
    for (const opened of redis) opened.close();
    await server.stop();
  });
  beforeEach(() => {
    keys += 1;
    key = `article:${keys}`;
  });

  it('loads a value once for all processes, and gives each caller an object of its own', async () => {
    let loads = 0;
    const load = () => {
      loads += 1;
      return articleOf(1)();
    };
    const found = await Promise.all([one, one, other].map((cache) => cache.getOrLoad(key, load)));
    assert.deepEqual(found, Array(3).fill({ title: 'title 1 ☃' }));
    assert.equal(loads, 1);
    assert.notEqual(found[0], found[1]);
  });

  it('remembers that there is no such thing', async () => {
    assert.equal(await one.getOrLoad(key, async () => null), null);
    assert.equal(await other.getOrLoad(key, () => assert.fail('loaded again')), null);
  });

  it('reads many keys at once, in the order given', async () => {
    const reads = [3, 1, 2].map((n) => ({
      key: `${key}-${n}` as const,
      load: async () => ({ state: 'present', version: n, body: String(n) }) as const,
    }));
    const found = await one.readMany(reads);
    assert.deepEqual(
      found.map(({ entry }) => entry.state === 'present' && entry.body),
      ['3', '1', '2'],
    );
  });

  it('asks for admission only beyond L1, and reads nothing without it', async () => {
    const refused = new Error('refused');
    const admit = () => Promise.reject(refused);
    const load = async () => ({ state: 'present', version: 1, body: '{}' }) as const;
    await assert.rejects(one.read(key, load, { admit }), refused);
    await until('L1 has it', async () => (await one.read(key, load)).servedFrom === 'l1');
    assert.equal((await one.read(key, load, { admit })).servedFrom, 'l1');
    await assert.rejects(one.read(key, load, { admit, bypass: true }), refused);
  });

  it('gives a written state to the other process', async () => {
    await other.getOrLoad(key, articleOf(1));
    await one.write(key, async ({ committing, committed }) => {
      const state = { state: 'present', version: 2, body: '{"title":"written"}' } as const;
      await committing(state);
      await committed(state);
    });
    const unloaded = () => assert.fail('loaded');
    assert.deepEqual(await one.getOrLoad(key, unloaded), { title: 'written' });
    await until('the other process has it', async () => {
      const found = await other.getOrLoad<{ title: string }>(key, articleOf(1));
      return found?.title === 'written';
    });
  });

  it('serves no version before a change that it was given', async () => {
    await other.getOrLoad(key, articleOf(1));
    assert.equal(await one.changed([{ key, version: 2 }]), true);
    await until('the other process has loaded it again', async () => {
      const found = await other.getOrLoad<{ title: string }>(key, articleOf(2));
      return found?.title === 'title 2 ☃';
    });
  });

  it('makes a key stale in all processes without a version', async () => {
    await Promise.all([one, other].map((cache) => cache.getOrLoad(key, articleOf(0))));
    assert.equal(await one.invalidate(key), true);
    for (const cache of [one, other])
      await until('it is loaded again', async () => {
        const found = await cache.getOrLoad<{ title: string }>(key, async () => ({
          value: { title: 'loaded again' },
          version: 0,
        }));
        return found?.title === 'loaded again';
      });
  });

  it('works without a Redis, and says that a change did not reach it', async () => {
    const alone = await start('');
    assert.deepEqual(await alone.getOrLoad(key, articleOf(1)), { title: 'title 1 ☃' });
    assert.equal((await alone.read(key, () => assert.fail('loaded'))).servedFrom, 'l1');
    assert.equal(await alone.invalidate(key), false);
    await alone.close();
  });
});
