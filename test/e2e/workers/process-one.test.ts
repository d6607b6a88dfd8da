import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { endWithMe } from '../../support/end-with-me.ts';
import { until } from '../../support/until.ts';
import { gone, processTree } from '../start/process-tree.ts';

const MAIN = join(import.meta.dirname, '../../../dist/apps/api/src/main.js');
/** A PID namespace, as a container has, without root (util-linux). */
const UNSHARE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** If a system does not allow it, the process is an ordinary one: the same holds, except for its number. */
const ownSpace = canUnshare() ? ['unshare', ...UNSHARE] : [];

describe('process 1 of a container', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(1);
  });
  after(() => catalogue.drop());

  for (const workers of ['1', '2']) {
    it(`catches the signals that end it, and ends in order, with WORKERS=${workers}`, async () => {
      const { child, url } = await start({ DATABASE_URL: catalogue.url, WORKERS: workers });
      const ended = once(child, 'exit');
      await until('it is ready', async () => (await fetch(`${url}/health/ready`)).ok);
      const all = processTree(child.pid ?? 0).map(({ pid }) => pid);
      const own = all[ownSpace.length > 0 ? 1 : 0] ?? 0;
      // To process 1 the kernel delivers nothing that it has not asked for, so that what is not caught is ignored.
      assert.deepEqual([catches(own, 'SIGTERM'), catches(own, 'SIGINT')], [true, true]);
      assert.equal(numbersOf(own).at(-1), ownSpace.length > 0 ? 1 : own);
      process.kill(own, 'SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      await gone(all);
    });
  }
});

async function start(settings: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  const [command = '', ...args] = [...ownSpace, process.execPath, MAIN];
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', LOG_LEVEL: 'silent', PORT: `${port}`, ...settings };
  const child = spawn(command, args, { env, stdio: 'ignore' });
  endWithMe(child);
  return { child, url: `http://127.0.0.1:${port}` };
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', [...UNSHARE, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A process's number in each of the spaces that it is in, its own last. */
function numbersOf(pid: number): number[] {
  return field(pid, 'NSpid').split(/\s+/).map(Number);
}

function catches(pid: number, signal: NodeJS.Signals): boolean {
  const caught = BigInt(`0x${field(pid, 'SigCgt')}`);
  return ((caught >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function field(pid: number, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(status)?.[1] ?? '';
}
