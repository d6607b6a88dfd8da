import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { PatientClient } from '#src/libs/db/src/patient-client';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from '../../support/static-checks.ts';

const PATIENCE_MS = 200;

/** As many rows as a relay reads at a time. */
const ROWS = `SELECT n::bigint AS id, 'product:prod-' || n AS key, '{products}'::text[] AS groups
  FROM generate_series($1::int, $1 + 99) AS n`;

/** Prints how often the whole heap was collected. */
const manyStatements = (url: string) => `
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { PatientClient } from ${JSON.stringify(`${ROOT}/dist/libs/db/src/patient-client.js`)};
let collected = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collected += 1;
}).observe({ entryTypes: ['gc'] });
const client = new PatientClient({ connectionString: ${JSON.stringify(url)}, query_timeout: 5_000 });
await client.connect();
for (let n = 0; n < 3_000; n += 1)
  await client.query({ name: 'rows', text: ${JSON.stringify(ROWS)}, values: [n] });
await client.end();
await setImmediate();
process.stdout.write('collected ' + collected);
`;

describe('a client of Postgres', () => {
  let catalogue: Catalogue;
  let client: pg.Client;
  before(async () => {
    catalogue = await createCatalogue();
    client = new PatientClient({ connectionString: catalogue.url, query_timeout: PATIENCE_MS });
    client.on('error', () => undefined);
    await client.connect();
  });
  after(async () => {
    await client.end();
    await catalogue.drop();
  });

  it('takes a text, a text with values, and a configuration', async () => {
    assert.deepEqual((await client.query('SELECT 1 AS n')).rows, [{ n: 1 }]);
    assert.deepEqual((await client.query('SELECT $1::int AS n', [2])).rows, [{ n: 2 }]);
    const array = { text: 'SELECT $1::int', values: [3], rowMode: 'array' as const };
    assert.deepEqual((await client.query(array)).rows, [[3]]);
    assert.deepEqual((await client.query({ text: 'SELECT $1::int AS n' }, [4])).rows, [{ n: 4 }]);
  });

  it('answers a callback, and runs a query of a class of the caller', async () => {
    const called = await new Promise((resolve) =>
      client.query('SELECT 1 AS n', (_, { rows }) => resolve(rows)),
    );
    assert.deepEqual(called, [{ n: 1 }]);
    const refused = await new Promise((resolve) => client.query('SELECT', ['one too many'], resolve));
    assert.ok(refused instanceof pg.DatabaseError);
    const own = new pg.Query('SELECT 1 AS n');
    const row = new Promise((resolve) => own.on('row', resolve));
    client.query(own);
    assert.deepEqual(await row, { n: 1 });
  });

  it('passes on what the server refuses', async () => {
    await assert.rejects(client.query('SELECT 1 / 0'), { code: '22012' });
  });

  it('gives a statement up that is not answered in time', async () => {
    await assert.rejects(client.query('SELECT pg_sleep(0.5)'), { message: 'Query read timeout' });
  });

  it('lets no rows grow old: the whole heap is not collected for them', async () => {
    const flags = ['--max-semi-space-size=16', '--min-semi-space-size=16', '--input-type=module'];
    const { code, output } = await runCommand(
      process.execPath,
      [...flags, '-e', manyStatements(catalogue.url)],
      {
        cwd: ROOT,
      },
    );
    assert.equal(code, 0, output);
    assert.match(output, /collected [01]$/);
  });
});
