import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

const fileOf = (name: string) => new URL(`../../support/tls/${name}`, import.meta.url).pathname;

/** For the name alone, as the certificates of managed clusters are. */
const CERTIFICATE = fileOf('name-only.crt');
const TLS = [
  '--tls-cert-file',
  CERTIFICATE,
  '--tls-key-file',
  fileOf('name-only.key'),
  '--tls-auth-clients',
  'no',
];
const NAMED = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
const PRODUCTS = 60;

describe('a Redis Cluster over TLS whose nodes announce names', () => {
  let catalogue: Catalogue;
  let cluster: RedisCluster;
  let settings: Record<string, string>;
  const apis: Api[] = [];

  const started = async () => {
    const api = await startApi(settings);
    apis.push(api);
    await untilUsesRedis(api);
    return api;
  };
  const paths = Array.from({ length: PRODUCTS }, (_, n) => `/products/prod-${n}`);

  before(async () => {
    catalogue = await createCatalogue(PRODUCTS);
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    cluster = await startRedisCluster([], (n) => [
      ...['--tls-port', `${ports[n]}`, '--cluster-announce-tls-port', `${ports[n]}`, ...TLS, ...NAMED],
    ]);
    settings = {
      DATABASE_URL: catalogue.url,
      REDIS_URL: ports.map((port) => `rediss://localhost:${port}`).join(','),
      NODE_EXTRA_CA_CERTS: CERTIFICATE,
    };
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await cluster.stop();
    await catalogue.drop();
  });

  it('is read through and reports the changes on every master', async () => {
    const [first, second] = [await started(), await started()];
    for (const path of paths) assert.equal((await first.get(path)).status, 200);
    for (const path of paths) {
      const answer = await second.get(path);
      assert.match(answer.headers.get('cache-status') ?? '', /detail=redis/);
    }
    await catalogue.sql('UPDATE products SET stock = 4711');
    const stockOf = async (path: string) =>
      ((await (await second.get(path)).json()) as { stock: number }).stock;
    await until('no old entry is left in the memory of another process', async () => {
      return (await Promise.all(paths.map(stockOf))).every((stock) => stock === 4711);
    });
  });
});
