import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { runCommand } from '../../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('npm run seed', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(0);
  });
  after(() => catalogue.drop());

  const seed = (...flags: string[]) =>
    runCommand(process.execPath, ['apps/local/src/jobs.ts', 'seed', ...flags], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_URL: catalogue.url },
    });

  it('fills the database of DATABASE_URL and reports what it did, also the second time', async () => {
    const first = await seed('--products', '50');
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /^Products added: 50, there already: 0 /m);
    const second = await seed('--products', '50');
    assert.match(second.output, /^Products added: 0, there already: 50 /m);
    assert.deepEqual(await catalogue.sql('SELECT count(*)::int AS count FROM products'), [{ count: 50 }]);
  });

  it('explains itself', async () => {
    const { code, output } = await seed('--help');
    assert.equal(code, 0);
    assert.match(output, /--products N/);
  });

  describe('refuses, in one line that names it,', { concurrency: 3 }, () => {
    for (const [flags, complaint] of [
      [['--products', 'many'], /^--products must be a whole number from 1 to 10000000; it is "many"\.\n$/],
      [['--products', '0'], /^--products must be a whole number from 1 to 10000000; it is "0"\.\n$/],
      [['--products=-5'], /^--products must be a whole number from 1 to 10000000; it is "-5"\.\n$/],
      [['--products', '5', '--products', '6'], /^--products must be given once\.\n$/],
      [['--products'], /^Option '--products <value>' argument missing\n$/],
      [['--prodcuts', '5'], /^--prodcuts is no flag here; did you mean --products\?\n$/],
      [['5'], /^Unexpected argument '5'/],
    ] as const) {
      it(flags.join(' '), async () => {
        const { code, output } = await seed(...flags);
        assert.equal(code, 2);
        assert.match(output, complaint);
      });
    }
  });
});
