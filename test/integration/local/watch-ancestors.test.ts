import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isAlive, readProcess } from '#src/apps/local/src/guard/process-table';
import { watchAncestors } from '#src/apps/local/src/guard/watch-ancestors';
import { isRunning, untilGone } from './services.ts';

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

describe('the watch over the ancestors', () => {
  it('keeps no process running', async (test) => {
    const script = `import { watchAncestors } from '#src/apps/local/src/guard/watch-ancestors'; watchAncestors(() => {});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    test.after(() => child.kill());
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  it('can be ended', () => {
    const end = watchAncestors(() => assert.fail('nobody has died'));
    end();
  });
});

describe('the table of processes', () => {
  it('knows a process by when it started, not by a pid that another one may have got', () => {
    const self = readProcess(process.pid);
    assert.ok(self !== undefined && isAlive(self));
    assert.ok(!isAlive({ pid: self.pid, startedAt: `${self.startedAt}0` }));
  });

  it('counts a process that only waits to be reaped as gone', async (test) => {
    // The shell becomes a program that never asks after the child that the shell had.
    const child = spawn('/bin/sh', ['-c', '/bin/true & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    test.after(() => child.kill());
    const [pid] = await once(child.stdout, 'data');
    await untilGone(Number(pid));
    // It still has its pid.
    process.kill(Number(pid), 0);
  });
});
