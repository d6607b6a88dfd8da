import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { DatabaseWriter, type Sql } from '#libs/db';
import { ProblemError } from '#libs/errors';
import type { Lane } from '#libs/resilience';
import { Connections } from '#src/libs/db/src/connections';
import type { ServicePool } from '#src/libs/db/src/pool';
import { type BadNetwork, startBadNetwork } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { onPort } from '../../support/on-port.ts';
import { openServicePool } from '../../support/service-pool.ts';

/** No timeout of Postgres bounds a commit. */
const SLOW_COMMIT = `
  CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON products DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.name = 'slow') EXECUTE FUNCTION slow()`;

/** Every write is made at once, and waited for to its end. */
const OPEN_LANE: Lane = {
  run: async (call) => {
    try {
      return { kind: 'answered', value: await call(new AbortController().signal) };
    } catch (error) {
      return { kind: 'failed', error: error as Error };
    }
  },
};

describe('a write that is given up, over a pool of one connection', () => {
  let catalogue: Catalogue;
  let network: BadNetwork;
  let pool: ServicePool;
  let writer: DatabaseWriter;

  const session = async (sql: Sql) => (await sql<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid;
  const stockOf = async (id: string) =>
    (await catalogue.sql<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [id]))[0]?.stock;
  const isUnavailable = (error: unknown) =>
    error instanceof ProblemError && error.code === 'WRITE_UNAVAILABLE';

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  beforeEach(async () => {
    const { port } = new URL(catalogue.url);
    network = await startBadNetwork(() => Number(port));
    const url = onPort(catalogue.url, network.port);
    const settings = { DATABASE_URL: url, DATABASE_POOL_SIZE: '1', DATABASE_LOAD_TIMEOUT: '200ms' };
    const { database } = readConfig(settings);
    pool = await openServicePool(database);
    writer = new DatabaseWriter(new Connections(pool), OPEN_LANE, database);
  });
  afterEach(async () => {
    await pool.close();
    await network.stop();
  });
  after(() => catalogue.drop());

  it('closes its connection if one of its statements is too slow', async () => {
    const { value: before } = await writer.write(session);
    const slow = writer.write(async (sql) => {
      await sql(`UPDATE products SET stock = 77 WHERE id = 'prod-1'`);
      // Postgres itself would end it in time.
      await sql('SET LOCAL statement_timeout = 0');
      await sql('SELECT pg_sleep(3)');
    });
    await assert.rejects(slow, isUnavailable);
    const { value: next } = await writer.write(session);
    assert.notEqual(next, before);
    assert.notEqual(await stockOf('prod-1'), 77);
  });

  it('closes its connection if its commit is too slow', async () => {
    await catalogue.sql(SLOW_COMMIT);
    const { value: before } = await writer.write(session);
    const slow = writer.write((sql) => sql(`UPDATE products SET name = 'slow' WHERE id = 'prod-3'`));
    await assert.rejects(slow, isUnavailable);
    assert.notEqual((await writer.write(session)).value, before);
  });

  it('closes its connection if Postgres falls silent before its end', async () => {
    const { value: before } = await writer.write(session);
    const refused = writer.write(async (sql) => {
      await sql(`UPDATE products SET stock = 78 WHERE id = 'prod-2'`);
      network.weather = { kind: 'silent' };
      throw new ProblemError('PRECONDITION_FAILED', { detail: 'Refused.' });
    });
    await assert.rejects(
      refused,
      (error) => error instanceof ProblemError && error.code === 'PRECONDITION_FAILED',
    );
    network.weather = { kind: 'fine' };
    const { value: next } = await writer.write(session);
    assert.notEqual(next, before);
    assert.notEqual(await stockOf('prod-2'), 78);
  });

  it('closes its connection if its transaction cannot be rolled back', async () => {
    const { value: before } = await writer.write(session);
    network.garbled = ['ROLLBACK', 'ROLLBAXK'];
    const refused = writer.write(async (sql) => {
      await sql(`UPDATE products SET stock = 79 WHERE id = 'prod-4'`);
      throw new ProblemError('PRECONDITION_FAILED', { detail: 'Refused.' });
    });
    await assert.rejects(
      refused,
      (error) => error instanceof ProblemError && error.code === 'PRECONDITION_FAILED',
    );
    network.garbled = undefined;
    const { value: next } = await writer.write(session);
    assert.notEqual(next, before);
    assert.notEqual(await stockOf('prod-4'), 79);
  });

  it('keeps its connection when Postgres itself refuses a statement', async () => {
    const { value: before } = await writer.write(session);
    await assert.rejects(writer.write((sql) => sql('SELECT 1 / 0')));
    assert.equal((await writer.write(session)).value, before);
  });
});
