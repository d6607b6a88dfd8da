import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readProcess } from '#src/apps/local/src/guard/process-table';
import { isRunning, untilGone } from './services.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PROGRAM = path.join(import.meta.dirname, 'programs/watcher.ts');

describe('a program that was started through npm', () => {
  let folder = '';
  let npm: ChildProcess;
  let watcher = 0;
  /** All that the watcher has written after its pid. */
  let written = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-npm-'));
    // The second command keeps the shell from making way for the first.
    const scripts = { start: `"${process.execPath}" "${PROGRAM}" && true` };
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ scripts }));
    npm = spawn('npm', ['start', '--silent'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    written = '';
    watcher = await new Promise<number>((resolve) => {
      npm.stdout?.on('data', (text) => {
        written += text;
        if (written.includes('\n')) resolve(Number.parseInt(written, 10));
      });
    });
  });
  afterEach(async () => {
    npm.kill('SIGKILL');
    if (isRunning(watcher)) process.kill(watcher, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('notices when npm is killed', async () => {
    npm.kill('SIGKILL');
    await untilGone(watcher);
    if (npm.stdout?.readableEnded !== true && npm.stdout) await once(npm.stdout, 'end');
    assert.match(written, /left alone\n$/);
  });

  it('notices when the shell between npm and itself is killed', async () => {
    const shell = readProcess(watcher)?.ppid;
    assert.ok(shell !== undefined && shell !== npm.pid);
    process.kill(shell, 'SIGKILL');
    await untilGone(watcher);
  });
});

it('the watch over npm keeps no process running', async (test) => {
  const script = `import { hangUpWithNpm } from './apps/local/bin/hang-up-with-npm.ts'; hangUpWithNpm();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: 'inherit',
    cwd: ROOT,
  });
  test.after(() => child.kill());
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
