import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { isAlive, readProcess } from '#src/apps/local/src/guard/process-table';
import { until } from '../../support/until.ts';
import { untilGone } from './services.ts';

describe('the table of processes', () => {
  it('knows a process by when it started, not by a pid that another one may have got', () => {
    const self = readProcess(process.pid);
    assert.ok(self !== undefined && isAlive(self));
    assert.ok(!isAlive({ pid: self.pid, startedAt: `${self.startedAt}0` }));
  });

  it('counts a process that only waits to be reaped as gone', async (test) => {
    // The shell becomes a program that never asks after the child that the shell had. The child ends after that: the
    // shell itself might still reap it. Its input has another number, since a shell gives what runs behind it none.
    const child = spawn('/bin/sh', ['-c', 'exec 3<&0; { read -r line <&3; } & echo $!; exec sleep 60'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    test.after(() => child.kill());
    const [pid] = await once(child.stdout, 'data');
    await until('the shell has become the other program', async () =>
      (await readFile(`/proc/${child.pid}/comm`, 'utf8')).startsWith('sleep'),
    );
    assert.ok(readProcess(Number(pid)) !== undefined, 'it waits');
    child.stdin.end('end\n');
    await untilGone(Number(pid));
    // It still has its pid.
    process.kill(Number(pid), 0);
  });
});
