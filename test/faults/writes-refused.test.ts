import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { send } from '../support/send.ts';
import { until } from '../support/until.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

/** Lets the commit of a product of this name wait for a lock that the test has, without the writes' own limit for locks. */
const SLOW_COMMIT = `
  CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM set_config('lock_timeout', '0', true);
    PERFORM pg_advisory_xact_lock(77);
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON products DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.name = 'Lamp') EXECUTE FUNCTION slow()`;

describe('a write that Postgres cannot make', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(100);
  });
  beforeEach(async () => {
    api = await startApi({
      DATABASE_URL: catalogue.url,
      DATABASE_LOAD_TIMEOUT: '600ms',
      DATABASE_POOL_SIZE: '3',
      DATABASE_WRITE_CONCURRENCY: '2',
      DATABASE_WRITE_QUEUE: '3',
    });
  });
  afterEach(() => api.stop());
  after(() => catalogue.drop());

  const names = async (name: string) =>
    (await catalogue.sql('SELECT 1 FROM products WHERE name = $1', [name])).length;
  const waiting = async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return (await catalogue.sql(sql)).length;
  };
  const holding = async (id: string, work: () => Promise<void>) => {
    const release = await catalogue.hold(`UPDATE products SET stock = stock WHERE id = '${id}'`);
    await work().finally(release);
  };

  it('may have been made if its commit took too long, and says so; a retry with the key shows it', async () => {
    await catalogue.sql(SLOW_COMMIT);
    const commit = await catalogue.hold('SELECT pg_advisory_xact_lock(77)');
    const post = () => send(api, 'POST', '/products', LAMP, { 'idempotency-key': 'slow' });
    try {
      const slow = await post();
      assert.deepEqual([slow.status, slow.json.code], [503, 'WRITE_UNAVAILABLE']);
      assert.match(String(slow.json.detail), /may have been made or not/);
      assert.ok(Number(slow.headers.get('retry-after')) > 0);
      assert.equal((await post()).json.code, 'IDEMPOTENCY_IN_PROGRESS');
      for (let n = 0; n < 6; n += 1) {
        const others = [7, 8].map((id) => send(api, 'PATCH', `/products/prod-${id}`, { stock: n }));
        for (const { status } of await Promise.all(others))
          assert.equal(status, 200, 'its connection is gone');
      }
    } finally {
      await commit();
    }
    await until('it is made after all', async () => (await names('Lamp')) === 1);
    const again = await post();
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
    assert.equal(await names('Lamp'), 1);
  });

  it('since somebody holds the product was not made, says so, and opens no breaker for the readers', async () => {
    await holding('prod-2', async () => {
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map(() => send(api, 'PATCH', '/products/prod-2', { stock: 9 })),
      );
      answers.push(await send(api, 'PATCH', '/products/prod-2', { stock: 9 }));
      for (const { status, json } of answers) {
        assert.deepEqual([status, json.code], [503, 'WRITE_UNAVAILABLE']);
        assert.match(String(json.detail), /was not made/);
      }
      assert.equal((await api.get('/products/prod-3')).status, 200);
      assert.equal((await send(api, 'PATCH', '/products/prod-4', { stock: 9 })).status, 200);
    });
  });

  it('since too many wait was not made, while reads go on', async () => {
    await holding('prod-5', async () => {
      const waits = Array.from({ length: 5 }, () =>
        send(api, 'POST', '/products/prod-5/stock', { delta: 1 }),
      );
      await until('two are at it', async () => (await waiting()) === 2);
      const refused = await send(api, 'POST', '/products/prod-5/stock', { delta: 1 });
      assert.deepEqual([refused.status, refused.json.code], [503, 'WRITE_UNAVAILABLE']);
      const reads = await Promise.all(
        Array.from({ length: 20 }, (_, n) => api.get(`/products/prod-${n + 10}`)),
      );
      assert.ok(reads.every(({ status }) => status === 200));
      await Promise.all(waits);
    });
  });

  it('since it met another in a deadlock was not made, and may be tried again', async () => {
    await catalogue.sql(
      `CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$;
       CREATE TRIGGER meet BEFORE UPDATE ON products FOR EACH ROW WHEN (NEW.name = 'meet') EXECUTE FUNCTION meet()`,
    );
    const refused = await send(api, 'PATCH', '/products/prod-6', { name: 'meet' });
    await catalogue.sql('DROP TRIGGER meet ON products; DROP FUNCTION meet()');
    assert.deepEqual([refused.status, refused.json.code], [503, 'WRITE_UNAVAILABLE']);
    assert.equal((await send(api, 'PATCH', '/products/prod-6', { name: 'meet' })).status, 200);
  });
});
