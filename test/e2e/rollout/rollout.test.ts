import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DataSource } from 'typeorm';
import { readConfig } from '#libs/config';
import { MIGRATIONS } from '#src/apps/api/src/catalogue/migrations/index';
import { migrationDataSource } from '#src/libs/db/src/run-migrations';
import { SHARED_MIGRATIONS } from '#src/libs/db/src/shared-migrations';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { type SmallBalancer, startSmallBalancer } from './small-balancer.ts';
import { PRODUCTS, stockOf, Users } from './users.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Longer than the balancer takes to look, as in the manifests. With less, it sends requests to a process that has ended. */
const SHUTDOWN_DELAY = '1500ms';

describe('a rollout behind a balancer', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let balancer: SmallBalancer;
  let apis: Api[];

  beforeEach(async () => {
    apis = [];
    [catalogue, redis, balancer] = await Promise.all([
      createCatalogue(PRODUCTS),
      startRedisServer(),
      startSmallBalancer(),
    ]);
  });
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await balancer.stop();
    await redis.stop();
    await catalogue.drop();
  });

  /** A new pod: it gets requests once it is ready. */
  const start = async (): Promise<Api> => {
    const api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      SHUTDOWN_DELAY,
      CACHE_WARM_KEYS: '100',
    });
    apis.push(api);
    balancer.add(api.url);
    await until('the balancer knows it', () => balancer.ready().includes(api.url));
    return api;
  };

  it('loses no request and no write, from one process to the next, twice', async (context) => {
    let serving = await start();
    const before = await stockOf(catalogue);
    const users = new Users(balancer.url);
    await users.some(100);
    for (let roll = 0; roll < 2; roll += 1) {
      const next = await start();
      await users.some(100);
      assert.equal(await serving.stop('SIGTERM'), 0);
      assert.deepEqual(balancer.ready(), [next.url]);
      serving = next;
    }
    await users.some(100);
    const { answered, failures, refused, written } = await users.stop();
    context.diagnostic(`${answered} reads and ${written} writes`);
    assert.deepEqual([failures, refused, balancer.lost], [[], [], []]);
    assert.equal(await stockOf(catalogue), before + written);
  });

  it('loses requests if a process is killed instead: they are seen', async () => {
    const first = await start();
    const users = new Users(balancer.url);
    await start();
    await users.some(100);
    await first.stop('SIGKILL');
    await until('the balancer notices', () => !balancer.ready().includes(first.url));
    const { failures, refused } = await users.stop();
    assert.ok(failures.length + refused.length > 0);
    assert.equal(balancer.lost.length, failures.length + refused.length);
  });

  it('loses no request while the schema of the release before is brought up to date, and then the service', async (context) => {
    const { database } = readConfig({ DATABASE_URL: catalogue.url });
    const schema = await new DataSource({
      ...migrationDataSource(database, 0),
      migrations: [...MIGRATIONS, ...SHARED_MIGRATIONS],
    }).initialize();
    await schema.undoLastMigration({ transaction: 'each' });
    await schema.destroy();
    const old = await start();
    const before = await stockOf(catalogue);
    const users = new Users(balancer.url);
    await users.some(100);
    const migrated = await runCommand(process.execPath, ['dist/apps/api/src/migrate.js'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_URL: catalogue.url },
    });
    assert.equal(migrated.code, 0, migrated.output);
    await users.some(100);
    const next = await start();
    await users.some(100);
    assert.equal(await old.stop('SIGTERM'), 0);
    await users.some(100);
    const { answered, failures, refused, written } = await users.stop();
    context.diagnostic(`${answered} reads and ${written} writes`);
    assert.deepEqual([failures, refused, balancer.lost], [[], [], []]);
    assert.deepEqual(balancer.ready(), [next.url]);
    assert.equal(await stockOf(catalogue), before + written);
  });
});
