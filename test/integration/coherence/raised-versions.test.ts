import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';

describe('a sequence of versions that is set back', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  const last = async () => {
    const [row] = await catalogue.sql<{ last: string }>(
      'SELECT last_value::text AS last FROM catalogue_version',
    );
    return Number(row?.last);
  };
  const versionOf = async (id: string) => {
    const [row] = await catalogue.sql<{ version: string }>('SELECT version FROM products WHERE id = $1', [
      id,
    ]);
    return Number(row?.version);
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is raised again to the last version that was assigned: none is assigned twice', async () => {
    for (let n = 0; n < 50; n += 1) await catalogue.sql(`UPDATE products SET stock = stock + 1`);
    const assigned = await last();
    await until('the mark has it', async () => {
      const mark = JSON.parse((await redis.client.get(redisKeys.watermark)) ?? '{}');
      return Number(mark.sequence) >= assigned;
    });
    await catalogue.sql(`SELECT setval('catalogue_version', 7)`);
    await until('the leader has raised it', async () => (await last()) >= assigned);
    // A row that no trigger has seen a version of: only the sequence stands between it and one that was there before.
    await catalogue.sql(
      `INSERT INTO products (id, name, price, stock, category_id) VALUES ('prod-new', 'New', 1, 5, 'cat-test')`,
    );
    assert.ok((await versionOf('prod-new')) > assigned);
    const answer = await api.get('/products/prod-new');
    assert.equal(((await answer.json()) as { stock: number }).stock, 5);
  });
});
