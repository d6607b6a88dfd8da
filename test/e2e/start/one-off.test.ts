import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';
import { type Home, makeHome } from './home.ts';
import { gone } from './process-tree.ts';
import { runStart, type Start } from './run-start.ts';

const SEED = [process.execPath, 'apps/local/src/jobs.ts', 'seed'] as const;
const MIGRATE = [process.execPath, 'apps/local/src/jobs.ts', 'migrate'] as const;

async function ends(run: Start): Promise<string> {
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output());
  return run.output();
}

// Side by side: each brings up a Postgres of its own.
describe('a command of its own', { concurrency: 2 }, () => {
  describe('npm run migrate', { concurrency: 1 }, () => {
    let home: Home;
    let catalogue: Catalogue;

    before(async () => {
      [home, catalogue] = await Promise.all([makeHome(), createCatalogue(0)]);
    });
    afterEach(() => home.endRuns());
    after(async () => {
      await catalogue.drop();
      await home.remove();
    });

    it('brings the schema of DATABASE_URL up to date', async () => {
      await catalogue.sql('DROP SCHEMA public CASCADE');
      await catalogue.sql('CREATE SCHEMA public');
      assert.match(await ends(runStart(home, { DATABASE_URL: catalogue.url }, MIGRATE)), /^Migrated: /m);
      assert.deepEqual(await catalogue.sql('SELECT id FROM products'), []);
    });

    it('brings a Postgres up for its duration where none is named', async () => {
      assert.match(await ends(runStart(home, {}, MIGRATE)), /^Migrated: /m);
      assert.match(await ends(runStart(home, {}, MIGRATE)), /^The schema is up to date\.$/m);
    });
  });

  describe('npm run seed without a database', { concurrency: 1 }, () => {
    let home: Home;
    before(async () => {
      home = await makeHome();
    });
    afterEach(() => home.endRuns());
    after(() => home.remove());

    it('leaves no product and no process when it is interrupted', async () => {
      const seeding = runStart(home, {}, [...SEED, '--products', '600000']);
      await until('it is under way', () => /^100,000 of/m.test(seeding.output()), 60_000);
      const pids = seeding.started('');
      process.kill(seeding.pid, 'SIGINT');
      const { code } = await seeding.ended;
      assert.equal(code, 130);
      assert.match(seeding.output(), /^Interrupted; the work under way was rolled back\.$/m);
      await gone(pids);
      const again = await ends(runStart(home, {}, [...SEED, '--products', '100']));
      assert.match(again, /^Products added: 100, there already: 0 /m);
    });
  });
});
