import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { DatabaseWriter, prepared } from '#libs/db';
import { ProblemError } from '#libs/errors';
import { type Lane, ResilienceEvents } from '#libs/resilience';
import { Connections } from '#src/libs/db/src/connections';
import type { ServicePool } from '#src/libs/db/src/pool';
import { DependencyPolicy } from '#src/libs/resilience/src/dependency-policy';
import { type BadNetwork, startBadNetwork } from '../../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { onPort } from '../../support/on-port.ts';
import { openServicePool } from '../../support/service-pool.ts';
import { statementsDuring } from '../../support/statements.ts';
import { until } from '../../support/until.ts';

const CHANGE = prepared('UPDATE products SET stock = $2 WHERE id = $1 RETURNING stock');
const GIVEN_UP_AFTER_MS = 100;

describe('a statement that commits by itself', () => {
  let catalogue: Catalogue;
  let network: BadNetwork;
  let pool: ServicePool;
  let writer: DatabaseWriter;
  let policy: DependencyPolicy;
  let ended: string[];

  const change = (id: string, stock: number) => writer.alone<[number]>(CHANGE, [id, stock]);
  const waiting = async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return (await catalogue.sql(sql)).length === 1;
  };
  const refused = (says: RegExp) => (error: unknown) =>
    error instanceof ProblemError && error.code === 'WRITE_UNAVAILABLE' && says.test(error.message);

  before(async () => {
    catalogue = await createCatalogue(20);
  });
  beforeEach(async () => {
    const { port } = new URL(catalogue.url);
    network = await startBadNetwork(() => Number(port));
    const url = onPort(catalogue.url, network.port);
    const { database } = readConfig({ DATABASE_URL: url, DATABASE_LOAD_TIMEOUT: '2s' });
    pool = await openServicePool(database);
    policy = new DependencyPolicy(
      {
        dependency: 'postgres',
        timeoutMs: GIVEN_UP_AFTER_MS,
        failures: 1_000,
        windowMs: 10_000,
        openMs: 30_000,
      },
      new ResilienceEvents(),
    );
    ended = [];
    const lane: Lane = {
      run: async (call) => {
        const outcome = await policy.run(call);
        ended.push(outcome.kind);
        return outcome;
      },
    };
    writer = new DatabaseWriter(new Connections(pool), lane, database);
    // Its connection stands, and has prepared the statement.
    await change('prod-0', 1);
  });
  afterEach(async () => {
    await pool.close();
    await network.stop();
  });
  after(() => catalogue.drop());

  it('is the only one that is sent', async () => {
    const statements = await statementsDuring(catalogue, '', async () => {
      assert.deepEqual(await change('prod-1', 41), [[41]]);
    });
    assert.equal(statements, 1);
    assert.deepEqual(await change('nothing', 1), []);
  });

  it('is followed to its end when it takes too long: its client learns that it was made', async () => {
    const release = await catalogue.hold(`UPDATE products SET stock = stock WHERE id = 'prod-2'`);
    const slow = change('prod-2', 42);
    try {
      await until('it waits for the row', waiting);
      await until('it is given up', () => ended.includes('failed'));
    } finally {
      await release();
    }
    assert.deepEqual(await slow, [[42]]);
  });

  it('was not made if the row is held for too long', async () => {
    const release = await catalogue.hold(`UPDATE products SET stock = stock WHERE id = 'prod-3'`);
    await assert.rejects(change('prod-3', 43), refused(/was not made/)).finally(release);
  });

  it('may have been made if its answer is lost', async () => {
    const release = await catalogue.hold(`UPDATE products SET stock = stock WHERE id = 'prod-4'`);
    const lost = assert.rejects(change('prod-4', 44), refused(/may have been made or not/));
    try {
      await until('it waits for the row', waiting);
      network.cut();
      await lost;
    } finally {
      await release();
    }
  });

  it('leaves what Postgres refuses as it was, and its connection to the next one', async () => {
    await assert.rejects(change('prod-5', -1), /violates check constraint/);
    assert.deepEqual(await change('prod-5', 45), [[45]]);
    assert.equal(policy.state, 'closed');
  });
});
