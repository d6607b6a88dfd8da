import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { readConfig } from '#libs/config';
import { OutboxSession, OutboxWatch } from '#libs/db';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

/** Rows and index entries of the outbox that one look may read: what is new in it, and a few beside them. */
const MOST_ROWS = 10;
const BLOCKS_FOR_ROWS = 40;
const HOUR_MS = 3_600_000;

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

function rowsRead(node: PlanNode): number {
  const below = (node.Plans ?? []).reduce((sum, plan) => sum + rowsRead(plan), 0);
  if (node['Relation Name'] !== 'outbox') return below;
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return below + (node['Actual Rows'] + removed) * node['Actual Loops'];
}

/** Reports what the statements of a session read, as the server itself counts it. */
async function explaining(session: object) {
  const { client } = Reflect.get(session, 'states') as { readonly client: pg.Client };
  const plans: PlanNode[] = [];
  client.on('notice', ({ message = '' }) => {
    const at = message.indexOf('{');
    if (message.includes('plan:') && at >= 0) plans.push(JSON.parse(message.slice(at)).Plan);
  });
  await client.query("LOAD 'auto_explain'");
  for (const [name, value] of Object.entries({
    log_min_duration: '0',
    log_analyze: 'on',
    log_buffers: 'on',
    log_format: 'json',
    log_level: 'notice',
  }))
    await client.query(`SET auto_explain.${name} = ${value}`);
  await client.query('SET client_min_messages = notice');
  return async <T>(name: string, look: () => Promise<T>): Promise<T> => {
    plans.length = 0;
    const found = await look();
    const rows = plans.reduce((sum, plan) => sum + rowsRead(plan), 0);
    const blocks = plans.reduce((sum, p) => sum + p['Shared Hit Blocks'] + p['Shared Read Blocks'], 0);
    assert.ok(plans.length > 0);
    assert.ok(rows <= MOST_ROWS, `${name} read ${rows} rows: ${JSON.stringify(plans)}`);
    assert.ok(blocks <= BLOCKS_FOR_ROWS, `${name} read ${blocks} blocks: ${JSON.stringify(plans)}`);
    return found;
  };
}

const RECORD = `INSERT INTO outbox (key, version, kind, groups) VALUES ('product:prod-' || n % 10, n, 'row', '{}')`;

/** Commits meanwhile: as many transactions as rows, or one of all rows, which statistics cannot distinguish from a later one. */
const COMMITTED = {
  'in a transaction each': (rows: number) =>
    `DO $$ BEGIN FOR n IN 1..${rows} LOOP ${RECORD}; COMMIT; END LOOP; END $$`,
  'in one transaction': (rows: number) => `DO $$ BEGIN FOR n IN 1..${rows} LOOP ${RECORD}; END LOOP; END $$`,
} as const;

const START = { transaction: '0', id: '0' };

for (const rows of [5_000, 80_000])
  for (const [how, statement] of Object.entries(COMMITTED))
    for (const statistics of ['none', 'of before', 'of now'] as const) {
      describe(`the outbox with ${rows} rows, committed ${how} while a transaction stays open; statistics: ${statistics}`, () => {
        let catalogue: Catalogue;
        let watch: OutboxWatch;
        let session: OutboxSession;

        before(async () => {
          catalogue = await createCatalogue(10);
          // The statistics are those that the test wants, whenever the server would take some.
          await catalogue.sql('ALTER TABLE outbox SET (autovacuum_enabled = off)');
          const { database } = readConfig({ DATABASE_URL: catalogue.url });
          watch = await OutboxWatch.open(database, 'hotshelf:');
          session = await OutboxSession.open(database, 'hotshelf:', 'reader');
        });
        after(async () => {
          await Promise.all([watch.close(), session.close()]);
          await catalogue.drop();
        });

        it('costs a look what is new in it', async (context) => {
          const end = await catalogue.hold(`UPDATE products SET stock = 1 WHERE id = 'prod-9'`);
          // A test that fails leaves no transaction open, which would hold up the end of its file.
          context.after(end);
          if (statistics === 'of before') await catalogue.sql('ANALYZE outbox');
          await catalogue.sql(statement(rows));
          if (statistics === 'of now') await catalogue.sql('ANALYZE outbox');
          const applied = [(await watch.state()).snapshot];
          await session.hasChanges(false);
          const watched = await explaining(watch);
          const relayed = await explaining(session);
          const looks = async (seen: string, keys: readonly string[]) => {
            const range = { seen, applied };
            const isBehind = await watched('a comparison', () => watch.isBehind(range));
            assert.equal(isBehind, keys.length > 0);
            const depth = await watched('the depth', () => watch.depth(range));
            assert.equal(depth.rows, keys.length);
            const read = await relayed('a batch', () => session.read(range, START, 1_000));
            assert.deepEqual(read?.rows.map(({ key }) => key) ?? [], keys);
            assert.equal(
              await relayed('pruning', () => session.prune(seen.split(':')[0] ?? '', HOUR_MS, 5)),
              0,
            );
          };
          await looks((await watch.state()).snapshot, []);
          await catalogue.sql(`UPDATE products SET stock = 2 WHERE id = 'prod-2'`);
          const seen = (await watch.state()).snapshot;
          assert.ok(seen.split(':')[0] !== seen.split(':')[1], seen);
          await looks(seen, ['product:prod-2']);
          assert.equal(await relayed('the look for changes', () => session.hasChanges(false)), true);
          assert.equal(await relayed('the look for changes', () => session.hasChanges(false)), false);
          // A snapshot is of the whole server, and other databases of it commit too.
          await until(
            'nothing was committed between two looks',
            async () => !(await session.hasChanges(true)),
          );
          await end();
          await looks((await watch.state()).snapshot, ['product:prod-9', 'product:prod-2']);
        });
      });
    }

describe('the outbox', () => {
  let catalogue: Catalogue;
  let watch: OutboxWatch;
  let session: OutboxSession;

  before(async () => {
    catalogue = await createCatalogue(10);
    const { database } = readConfig({ DATABASE_URL: catalogue.url });
    watch = await OutboxWatch.open(database, 'hotshelf:');
    session = await OutboxSession.open(database, 'hotshelf:', 'reader');
  });
  after(async () => {
    await Promise.all([watch.close(), session.close()]);
    await catalogue.drop();
  });

  it('says how deep it is, exactly up to 10,000 rows and by their ids beyond', async () => {
    for (const rows of [9_999, 25_000]) {
      const before = (await watch.state()).snapshot;
      await catalogue.sql(
        `INSERT INTO outbox (key, version, kind, groups) SELECT 'product:prod-' || n % 10, n, 'row', '{}' FROM generate_series(1, ${rows}) AS n`,
      );
      const range = { seen: (await watch.state()).snapshot, applied: [before] };
      assert.equal((await watch.depth(range)).rows, rows);
    }
  });

  it('is pruned from its beginning, of what is old enough and was applied', async () => {
    await catalogue.sql('DELETE FROM outbox');
    for (const product of [1, 2, 3, 4])
      await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id = 'prod-${product}'`);
    const left = async () => {
      const rows = await catalogue.sql<{ key: string }>('SELECT key FROM outbox ORDER BY transaction, id');
      return rows.map(({ key }) => key.slice('product:prod-'.length));
    };
    // Beyond the transactions of other databases that are open.
    const [, appliedBelow = ''] = (await watch.state()).snapshot.split(':');
    assert.equal(await session.prune(appliedBelow, HOUR_MS, 100), 0);
    await catalogue.sql(
      `UPDATE outbox SET recorded_at = recorded_at - interval '2 hours' WHERE key <> 'product:prod-4'`,
    );
    assert.equal(await session.prune('1', HOUR_MS, 100), 0);
    assert.equal(await session.prune(appliedBelow, HOUR_MS, 2), 2);
    assert.deepEqual(await left(), ['3', '4']);
    assert.equal(await session.prune(appliedBelow, HOUR_MS, 100), 1);
    assert.deepEqual(await left(), ['4']);
  });

  it('is read in order, in batches, from several marks', async () => {
    const first = (await watch.state()).snapshot;
    const end = await catalogue.hold(
      `UPDATE products SET stock = stock + 1 WHERE id IN ('prod-3', 'prod-4', 'prod-5')`,
    );
    await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id = 'prod-6'`);
    const second = (await watch.state()).snapshot;
    await end();
    await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id = 'prod-7'`);
    const seen = (await watch.state()).snapshot;
    const all = async (applied: string[]) => {
      const keys: string[] = [];
      let after = START;
      for (;;) {
        const read = await session.read({ seen, applied }, after, 2);
        if (read === null) return keys;
        keys.push(...read.rows.map(({ key }) => key.slice('product:prod-'.length)));
        if (read.next === null) return keys;
        after = read.next;
      }
    };
    assert.deepEqual((await all([second])).sort(), ['3', '4', '5', '7']);
    assert.deepEqual((await all([second, first])).sort(), ['3', '4', '5', '6', '7']);
    assert.deepEqual(await all([seen]), []);
    assert.equal(await watch.isBehind({ seen, applied: [seen] }), false);
  });
});
