import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '../../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** No database, no Redis, and no program but Node: a command that starts something fails here. */
const env = { PATH: join(process.execPath, '..'), DATABASE_URL: 'postgres://127.0.0.1:1/nothing' };

/** As npm runs it: what follows the script's name is put behind its command. */
const run = (script: string, flag: string) =>
  runCommand('/bin/sh', ['-c', `${script} ${flag}`], { cwd: ROOT, env });

describe('every npm script', { concurrency: 2 }, () => {
  for (const [name, script] of Object.entries(scripts)) {
    it(`${name} prints its usage for --help, and starts nothing`, async () => {
      const { code, output } = await run(script, '--help');
      assert.equal(code, 0, output);
      assert.match(output, /^npm /);
      assert.match(output, /--help/);
    });

    it(`${name} refuses a flag that it does not know, and names the nearest one`, async () => {
      const { code, output } = await run(script, '--hlep');
      assert.equal(code, 2, output);
      assert.equal(output, '--hlep is no flag here; did you mean --help?\n');
    });
  }

  it('refuses a misspelt flag instead of running with the default', async () => {
    const { code, output } = await run(scripts['soak'] ?? '', '--minuts 5');
    assert.equal(code, 2);
    assert.equal(output, '--minuts is no flag here; did you mean --minutes?\n');
  });
});
