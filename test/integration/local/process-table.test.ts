import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isAlive, readProcess } from '#src/apps/local/src/guard/process-table';
import { untilGone } from './services.ts';

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
