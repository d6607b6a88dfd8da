import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { register } from 'prom-client';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { type RoutedApp, startRoutedApp } from '../../support/routed-app.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';
import { WalkedFiles } from '../../support/walked-files.ts';
import { asWriter, WRITER_API_KEYS } from '../../support/writer-key.ts';

const TIMES = 40;

/** The table need not follow each new file. */
const SLACK = 10;

/** A row of the table in docs/architecture.md: the walk, and how many files it passes. */
const ROW = /^\| (hit in L1|hit in L2|cold miss|write|invalidation) \| (\d+) \|/gm;

const page = readFileSync(join(import.meta.dirname, '../../../docs/architecture.md'), 'utf8');
const documented = new Map([...page.matchAll(ROW)].map(([, walk, files]) => [walk, Number(files)]));

describe('the files that a request passes', () => {
  const walked = new WalkedFiles();
  let catalogue: Catalogue;
  let redis: RedisServer;
  /** Leads the relay, whose work is no part of a walk. */
  let other: Api;
  let own: RoutedApp;

  const get = async (url: string, n: number) => {
    const response = await fetch(`${url}/products/prod-${n}`);
    await response.arrayBuffer();
    assert.equal(response.status, 200);
    return response.headers.get('cache-status') ?? '';
  };
  const change = async (url: string, n: number) => {
    const body = JSON.stringify({ delta: 1 });
    const headers = { ...asWriter, 'content-type': 'application/json' };
    const response = await fetch(`${url}/products/prod-${n}/stock`, { method: 'POST', headers, body });
    await response.arrayBuffer();
    assert.equal(response.status, 200);
  };
  const isAsDocumented = (walk: string, files: readonly string[], report: (text: string) => void) => {
    report(`${walk}: ${files.length} files\n${files.join('\n')}`);
    const most = (documented.get(walk) ?? 0) + SLACK;
    assert.ok(
      files.length <= most,
      `${files.length} files, at most ${most} by docs/architecture.md: ${files.join(' ')}`,
    );
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
    const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, NODE_ENV: 'production' };
    other = await startApi({ ...settings, LOG_LEVEL: 'error' });
    await untilUsesRedis(other);
    await walked.begin();
    own = await startRoutedApp({ ...settings, API_KEYS: WRITER_API_KEYS });
    await until('the service makes full use of Redis', async () => {
      const metrics = await (await fetch(`${own.url}/metrics`)).text();
      return /^cache_redis_trusted 1$/m.test(metrics) && /^cache_tracking_synced 1$/m.test(metrics);
    });
  });
  after(async () => {
    walked.end();
    await own.stop();
    await other.stop();
    await Promise.all([redis.stop(), catalogue.drop()]);
  });

  it('are few for a hit in L1', async (context) => {
    await get(own.url, 0);
    const files = await walked.of(TIMES, async () => assert.match(await get(own.url, 0), /hit.*detail=l1/));
    isAsDocumented('hit in L1', files, (text) => context.diagnostic(text));
  });

  it('are few for a hit in L2', async (context) => {
    for (let n = 100; n < 100 + TIMES; n += 1) await get(other.url, n);
    const files = await walked.of(TIMES, async (n) =>
      assert.match(await get(own.url, 100 + n), /hit.*detail=redis/),
    );
    isAsDocumented('hit in L2', files, (text) => context.diagnostic(text));
  });

  it('are few for a miss', async (context) => {
    const files = await walked.of(TIMES, async (n) => assert.match(await get(own.url, 200 + n), /fwd=/));
    isAsDocumented('cold miss', files, (text) => context.diagnostic(text));
  });

  it('are few for a write', async (context) => {
    const files = await walked.of(TIMES, (n) => change(own.url, 300 + n));
    isAsDocumented('write', files, (text) => context.diagnostic(text));
  });

  it('are few for an invalidation', async (context) => {
    // Read from the registry of this process: a request for the page would be a walk of its own.
    const invalidations = async () =>
      (await register.getSingleMetric('cache_invalidations_total')?.get())?.values[0]?.value ?? 0;
    for (let n = 400; n < 400 + TIMES; n += 1) await get(own.url, n);
    const files = await walked.of(TIMES, async (n) => {
      const seen = await invalidations();
      await change(other.url, 400 + n);
      await until('the invalidation arrives', async () => (await invalidations()) > seen);
    });
    isAsDocumented('invalidation', files, (text) => context.diagnostic(text));
  });
});
