import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readProcess } from '../../../apps/local/src/processes.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from '../../support/static-checks.ts';
import { until } from '../../support/until.ts';

const PREAMBLE = `
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { endWithMe } from ${JSON.stringify(join(ROOT, 'test/support/end-with-me.ts'))};
function start() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  endWithMe(child);
  createServer().listen(0, '127.0.0.1');
  process.stderr.write('pid ' + child.pid + '\\n');
}
`;

describe('a test file', { concurrency: true }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-test-file-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Runs a file as the lanes do, until it and the child that it has started have ended. */
  async function run(name: string, suite: string) {
    const file = join(folder, `${name}.test.mjs`);
    await writeFile(file, PREAMBLE + suite);
    const ahead = `--import=${join(ROOT, 'test/support/exit-at-once.ts')}`;
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { code, output } = await runCommand(process.execPath, ['--test', ahead, file], { env });
    const pid = Number(/pid (\d+)/.exec(output)?.[1]);
    assert.ok(pid > 0, output);
    await until('its child has ended', () => readProcess(pid) === undefined);
    return { code, output };
  }

  it('ends with its failure if a before fails, and the after cannot stop what was started', async () => {
    const { code, output } = await run(
      'fails',
      `describe('a suite', () => {
        let late;
        before(() => { start(); throw new Error('the cause'); });
        after(() => late.stop());
        it('needs it', () => undefined);
      });`,
    );
    assert.equal(code, 1);
    assert.match(output, /Error: the cause/);
  });

  it('fails if its tests pass and it does not stop what it has started', async () => {
    const { code, output } = await run('passes', `describe('a suite', () => it('starts one', start));`);
    assert.equal(code, 1);
    assert.match(output, /still holds: .*ProcessWrap/);
  });
});
