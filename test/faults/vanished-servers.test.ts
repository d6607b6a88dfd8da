import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

/** `SHUTDOWN_TIMEOUT` is 10 s, after which the process ends itself and says so. */
const ENDS_WITHIN_MS = 6_000;

describe('a service whose servers have both vanished, without a word', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let networks: readonly BadNetwork[];
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    const urls = [new URL(catalogue.url), new URL(redis.url)] as const;
    const ports = urls.map(({ port }) => Number(port));
    networks = await Promise.all(ports.map((port) => startBadNetwork(() => port)));
    for (const [n, url] of urls.entries()) url.port = String(networks[n]?.port);
    api = await startApi({ DATABASE_URL: urls[0].href, REDIS_URL: urls[1].href });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop('SIGKILL');
    await Promise.all(networks.map((network) => network.stop()));
    await redis.stop();
    await catalogue.drop();
  });

  it('stops in order, and in time, on a signal', async (context) => {
    await api.get('/products/prod-1');
    for (const network of networks) network.weather = { kind: 'silent' };
    const askedAtMs = performance.now();
    assert.equal(await api.stop('SIGTERM'), 0);
    const tookMs = performance.now() - askedAtMs;
    context.diagnostic(`${Math.round(tookMs)} ms`);
    assert.ok(tookMs <= ENDS_WITHIN_MS, `it took ${Math.round(tookMs)} ms`);
    assert.deepEqual(
      api.lines().filter((line) => /stopping (?:failed|took too long)/.test(line)),
      [],
    );
  });
});
