import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { DataSource } from 'typeorm';
import { readConfig } from '#libs/config';
import { DatabaseLink, prepared } from '#libs/db';
import { ResilienceEvents } from '#libs/resilience';
import { Connections } from '#src/libs/db/src/connections';
import type { ServicePool } from '#src/libs/db/src/pool';
import { DependencyPolicy } from '#src/libs/resilience/src/dependency-policy';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { openServicePool } from '../../support/service-pool.ts';

const BY_IDS = prepared('SELECT id, name FROM products WHERE id = ANY($1) ORDER BY id');
const EVENTS = new ResilienceEvents();
const POLICY = new DependencyPolicy(
  { dependency: 'postgres', timeoutMs: 2_000, failures: 5, windowMs: 10_000, openMs: 30_000 },
  EVENTS,
);
const PREPARED = 'SELECT count(*)::int AS count FROM pg_prepared_statements';

describe('a statement that is sent over and over', () => {
  let catalogue: Catalogue;
  let pool: ServicePool;
  let connections: Connections;

  const load = () => connections.load<readonly [string, string]>(BY_IDS, [['prod-1', 'prod-2']]);
  const preparedNow = async () => (await connections.query<{ count: number }>(PREPARED, []))[0]?.count;
  const session = async () =>
    (await connections.query<{ pid: number }>('SELECT pg_backend_pid() AS pid', []))[0]?.pid;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  beforeEach(async () => {
    const { database } = readConfig({ DATABASE_URL: catalogue.url, DATABASE_POOL_SIZE: '1' });
    pool = await openServicePool(database);
    connections = new Connections(pool);
  });
  afterEach(() => pool.close());
  after(() => catalogue.drop());

  it('is prepared once a connection, and gives rows as lists', async () => {
    for (let n = 0; n < 3; n += 1)
      assert.deepEqual(await load(), [
        ['prod-1', 'Product 1'],
        ['prod-2', 'Product 2'],
      ]);
    assert.equal(await preparedNow(), 1);
  });

  it('is answered also where the session has forgotten it, which is then replaced', async () => {
    await load();
    const before = await session();
    await connections.query('DEALLOCATE ALL', []);
    assert.equal((await load()).length, 2);
    assert.notEqual(await session(), before);
  });

  it('is answered also after a migration that changed what it gives', async () => {
    await load();
    await catalogue.sql('ALTER TABLE products ALTER COLUMN name TYPE varchar(300)');
    assert.equal((await load()).length, 2);
  });

  for (const [setting, count] of [
    ['on', 1],
    ['off', 0],
  ] as const)
    it(`is prepared or not, as DATABASE_PREPARED_STATEMENTS says: ${setting}`, async () => {
      const settings = { DATABASE_URL: catalogue.url, DATABASE_PREPARED_STATEMENTS: setting };
      const link = new DatabaseLink(
        new DataSource({ type: 'postgres', driver: pool.driver }),
        connections,
        readConfig(settings).database,
        POLICY,
        EVENTS,
      );
      assert.equal((await link.load(BY_IDS, [['prod-1']])).length, 1);
      assert.equal(await preparedNow(), count);
    });
});
