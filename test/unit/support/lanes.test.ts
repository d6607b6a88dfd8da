import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readProcess } from '../../../apps/local/src/processes.ts';
import { filesOfRun, RUNNER_FLAGS } from '../../support/lanes.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from '../../support/static-checks.ts';
import { until } from '../../support/until.ts';

const FILES = globSync('test/**/*.test.ts', { cwd: ROOT });

describe('npm test and npm run test:faults', () => {
  it('run each test file once between them', () => {
    const run = [...filesOfRun(ROOT, 'tests'), ...filesOfRun(ROOT, 'faults')];
    assert.deepEqual(run.toSorted(), FILES.toSorted());
  });

  it('know all suites of a file when its first one begins: nothing is awaited between them', () => {
    for (const file of FILES) {
      const [, ...suites] = readFileSync(join(ROOT, file), 'utf8').split(/^(?=describe\()/m);
      for (const suite of suites) assert.doesNotMatch(suite, /^(?:await|(?:const|let) .*= await)\b/m, file);
    }
  });
});

describe('a test file', () => {
  const PREAMBLE = `
    import { spawn } from 'node:child_process';
    import { before, describe, it } from 'node:test';
    import { endWithMe } from ${JSON.stringify(join(ROOT, 'test/support/end-with-me.ts'))};
    function start() {
      const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      endWithMe(server);
      process.stderr.write('pid ' + server.pid + '\\n');
    }`;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-file-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Runs a file as the lanes do. */
  async function run(suite: string) {
    const file = join(folder, 'file.test.mjs');
    await writeFile(file, PREAMBLE + suite);
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { code, output } = await runCommand(process.execPath, [...RUNNER_FLAGS, file], {
      cwd: folder,
      env,
    });
    const pid = Number(/pid (\d+)/.exec(output)?.[1]);
    assert.ok(pid > 0);
    await until('its server has ended', () => readProcess(pid) === undefined);
    return { code, output };
  }

  it('ends with the error, and with what it has started, if a before fails', async () => {
    const { code, output } = await run(`
      describe('a suite', () => {
        before(() => { start(); throw new Error('the cause'); });
        it('needs it', () => undefined);
      });`);
    assert.equal(code, 1);
    assert.match(output, /Error: the cause/);
  });

  it('fails if its tests pass and a server that it has started still runs', async () => {
    const { code, output } = await run(`
      describe('a suite', () => it('starts one', start));`);
    assert.equal(code, 1);
    assert.match(output, /has left running:\n.*setInterval/);
  });
});
