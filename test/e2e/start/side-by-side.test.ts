import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Home, makeHome } from './home.ts';
import { runStart } from './run-start.ts';

describe('npm start with a database and a Redis of its own', () => {
  let home: Home;
  let catalogues: Catalogue[];
  let redis: RedisServer;

  before(async () => {
    home = await makeHome();
    catalogues = await Promise.all([createCatalogue(2), createCatalogue(2)]);
    redis = await startRedisServer();
  });
  after(async () => {
    await home.endRuns();
    await home.remove();
    await redis.stop();
    for (const catalogue of catalogues) await catalogue.drop();
  });

  it('runs beside another one in the same checkout, and shows no password of theirs', async () => {
    const starts = catalogues.map((catalogue, n) =>
      runStart(home, { DATABASE_URL: catalogue.url, REDIS_URL: `${redis.url}/${n}` }),
    );
    for (const start of starts) {
      const { url } = await start.ready();
      assert.equal((await fetch(`${url}/products/prod-1`)).status, 200);
    }
    for (const [n, start] of starts.entries()) {
      const { password } = new URL(catalogues[n]?.url ?? '');
      await until('the banner is there', () => start.output().includes('psql "$DATABASE_URL"'));
      assert.ok(password !== '' && !start.output().includes(password));
    }
    assert.equal(existsSync(join(home.folder, 'postgres')), false);
  });
});
