import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CacheKey } from '#src/libs/cache/src/entry/entry';
import { type CacheNode, createCacheNode } from '../../support/cache-node.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { TestOrigin } from '../../support/test-origin.ts';
import { until } from '../../support/until.ts';

const LEASE_MS = 300;

describe('one load for all who miss', () => {
  let redis: RedisServer;
  let nodes: CacheNode[];
  let origin: TestOrigin;
  let key: CacheKey;
  let keys = 0;

  const readEverywhere = (times: number) =>
    nodes.flatMap((node) => Array.from({ length: times }, () => node.cache.read(key, origin.load)));

  before(async () => {
    redis = await startRedisServer();
    nodes = await Promise.all(
      [1, 2, 3, 4].map(() =>
        createCacheNode({ redisUrl: redis.url, config: { leaseMs: LEASE_MS, failureMs: 400 } }),
      ),
    );
  });
  after(async () => {
    for (const node of nodes) node.close();
    await redis.stop();
  });
  beforeEach(() => {
    origin = new TestOrigin();
    keys += 1;
    key = `product:one-load-${keys}`;
  });
  afterEach(() => origin.open());

  it('asks the origin once for 1,000 concurrent readers on 4 nodes', async () => {
    const reads = await Promise.all(readEverywhere(250));
    assert.equal(origin.asked, 1);
    assert.ok(reads.every(({ entry }) => entry.version === 1));
  });

  it('asks the origin once for a thing that does not exist', async () => {
    origin.present = false;
    const reads = await Promise.all(readEverywhere(250));
    assert.equal(origin.asked, 1);
    assert.ok(reads.every(({ entry }) => entry.state === 'absent'));
  });

  it('lets exactly one other take over when the holder of the lease dies', async () => {
    const [holder, ...others] = nodes;
    origin.close();
    assert.equal((await holder?.readL2(key))?.kind, 'leased');
    const startMs = performance.now();
    const reads = others.flatMap((node) => [1, 2, 3].map(() => node.cache.read(key, origin.load)));
    await until('one took over', () => origin.asked > 0);
    await until('its load took a while', () => performance.now() - startMs > LEASE_MS * 1.3);
    origin.open();
    await Promise.all(reads);
    assert.equal(origin.asked, 1);
    const waitedMs = performance.now() - startMs;
    assert.ok(waitedMs > LEASE_MS / 2 && waitedMs < LEASE_MS + 500, `waited ${waitedMs} ms`);
  });

  it('gives a failed load’s error to all who wait at once, and remembers it for those who come after', async () => {
    origin.failing = true;
    origin.close();
    const [node] = nodes;
    const reads = Array.from({ length: 50 }, () => node?.cache.read(key, origin.load));
    await until('the origin is asked', () => origin.asked > 0);
    origin.open();
    const outcomes = await Promise.allSettled(reads);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    await assert.rejects(async () => node?.cache.read(key, origin.load), /the origin fails/);
    assert.equal(origin.asked, 1);
  });

  it('asks an origin that fails for a second a handful of times, under any arrivals', async () => {
    origin.failing = true;
    const endsAtMs = performance.now() + 1_000;
    let readers = 0;
    await until('a second has passed', async () => {
      const reads = nodes
        .slice(0, 1)
        .flatMap((node) => [1, 2, 3, 4, 5].map(() => node.cache.read(key, origin.load)));
      readers += reads.length;
      await Promise.allSettled(reads);
      return performance.now() >= endsAtMs;
    });
    assert.ok(readers >= 200, `${readers} readers`);
    assert.ok(origin.asked <= 6, `asked ${origin.asked} times`);
  });

  it('gives the lease back when a load fails, so that others need not wait for it to run out', async () => {
    origin.failing = true;
    const [first, second] = nodes;
    await assert.rejects(async () => first?.cache.read(key, origin.load));
    origin.failing = false;
    const startMs = performance.now();
    await second?.cache.read(key, origin.load);
    assert.ok(performance.now() - startMs < LEASE_MS / 2);
  });

  it('loads alone, once a process, where there is no Redis', async () => {
    const alone = await createCacheNode({ redisUrl: '' });
    await Promise.all(Array.from({ length: 100 }, () => alone.cache.read(key, origin.load)));
    assert.equal(origin.asked, 1);
  });
});
