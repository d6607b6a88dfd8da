import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

describe('a product that is made while another transaction deletes it', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  it('is answered with the tag that it has in the end', async () => {
    // Of a version that is greater than the one that the insert takes before it waits.
    const commit = await catalogue.hold(
      `DELETE FROM products WHERE id = 'prod-1'; UPDATE outbox SET version = version + 3 WHERE key = 'product:prod-1'`,
    );
    const post = send(api, 'POST', '/products', { id: 'prod-1', name: 'Again', price: 1, stock: 1 });
    await until('the insert waits for the deletion', async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      return (await catalogue.sql(waits)).length === 1;
    });
    await commit();
    const made = await post;
    assert.equal(made.status, 201);
    const got = await send(api, 'GET', '/products/prod-1', undefined, { 'cache-control': 'no-cache' });
    assert.deepEqual([made.text, made.headers.get('etag')], [got.text, got.headers.get('etag')]);
  });
});
