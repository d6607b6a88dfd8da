import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { startApi } from '../support/api.ts';
import { createCatalogue } from '../support/catalogue.ts';

describe('while Postgres is away', () => {
  it('starts, is alive but not ready, and answers reads with 503 and Retry-After', async () => {
    const api = await startApi({ DATABASE_URL: `postgres://nouser:x@127.0.0.1:${await freePort()}/none` });
    try {
      assert.equal((await api.get('/health/live')).status, 200);
      assert.equal((await api.get('/health/ready')).status, 503);
      const response = await api.get('/products/prod-1');
      assert.equal(response.status, 503);
      assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
      assert.equal(((await response.json()) as { code: string }).code, 'ORIGIN_UNAVAILABLE');
    } finally {
      await api.stop();
    }
  });

  it('goes on answering what L1 holds when the connections are cut, and heals', async () => {
    const catalogue = await createCatalogue(10);
    const api = await startApi({ DATABASE_URL: catalogue.url });
    try {
      assert.equal((await api.get('/products/prod-1')).status, 200);
      await catalogue.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hotshelf'`,
      );
      assert.equal((await api.get('/products/prod-1')).status, 200);
      const cold = await api.get('/products/prod-2');
      assert.ok(cold.status === 200 || cold.status === 503);
      assert.equal((await api.get('/products/prod-3')).status, 200);
    } finally {
      await api.stop();
      await catalogue.drop();
    }
  });
});
