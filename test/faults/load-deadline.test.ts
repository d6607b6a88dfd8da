import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { statementsDuring } from '../support/statements.ts';
import { until } from '../support/until.ts';

describe('a load that hangs in Postgres', () => {
  let catalogue: Catalogue;
  let api: Api;
  let release: () => Promise<void>;

  const running = async () => {
    const rows = await catalogue.sql(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'hotshelf' AND state = 'active'
       AND query LIKE '%FROM products%' AND datname = current_database()`,
    );
    return rows.length;
  };

  before(async () => {
    catalogue = await createCatalogue(100);
  });
  beforeEach(async () => {
    api = await startApi({ DATABASE_URL: catalogue.url, DATABASE_LOAD_TIMEOUT: '400ms' });
    release = await catalogue.lock('products');
  });
  afterEach(async () => {
    await release();
    await api.stop();
  });
  after(() => catalogue.drop());

  it('is cancelled in Postgres at its deadline, and all waiters get the error immediately', async () => {
    const startMs = performance.now();
    const answers = await Promise.all([1, 2, 3].map(() => api.get('/products/prod-1')));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503, 503],
    );
    assert.ok(performance.now() - startMs < 1_500);
    await until('Postgres runs it no more', async () => (await running()) === 0, 1_000);
    await release();
    await until(
      'the product can be read again',
      async () => (await api.get('/products/prod-1')).status === 200,
    );
  });

  it('goes on for the others when the client that began it goes away', async () => {
    const statements = await statementsDuring(catalogue, 'FROM products', async () => {
      const first = request(`${api.url}/products/prod-2`).on('error', () => {});
      first.end();
      await until('its load is under way', async () => (await running()) === 1);
      const other = api.get('/products/prod-2');
      first.destroy();
      await release();
      assert.equal((await other).status, 200);
    });
    assert.equal(statements, 1);
  });
});
