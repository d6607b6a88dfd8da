import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readProcess } from '#src/apps/local/src/processes';
import { Services } from '#src/apps/local/src/services';
import { childrenOf } from '../../support/child-processes.ts';
import { isRunning, journaling, linesOf, ROOT, runStarter, untilGone, untilNoted } from './support.ts';

let folder = '';
let journal = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-services-'));
  journal = path.join(folder, 'journal');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function assertStopped(...names: string[]): Promise<void> {
  const stops = (await linesOf(journal)).filter((line) => line.endsWith('asked to stop'));
  assert.deepEqual(
    stops,
    names.map((name) => `${name} asked to stop`),
  );
}

describe('services', () => {
  let services: Services;
  beforeEach(() => {
    services = new Services();
  });
  afterEach(() => services.stop());

  it('stop in reverse order of their start, one after the other', async () => {
    for (const name of ['first', 'second', 'third']) {
      await services.start(journaling(name, journal));
      await untilNoted(journal, `${name} up`);
    }
    await services.stop();
    await assertStopped('third', 'second', 'first');
    await assert.rejects(services.start(journaling('late', journal)), /late cannot start/);
  });

  it('are killed if they ignore their stop signal', async () => {
    const stubborn = await services.start({ ...journaling('it', journal, 'stubborn'), stopTimeoutMs: 200 });
    await untilNoted(journal, 'it up');
    await stubborn.stop();
    assert.deepEqual(await stubborn.exited, { code: null, signal: 'SIGKILL' });
    await assertStopped('it');
  });

  it('stop alone, without the others', async () => {
    const one = await services.start(journaling('one', journal));
    const other = await services.start(journaling('other', journal));
    await one.stop();
    assert.deepEqual([isRunning(one.pid), isRunning(other.pid)], [false, true]);
  });

  it('take what they have started with them when they crash', async () => {
    const parent = await services.start(journaling('it', journal, 'parent'));
    await untilNoted(journal, 'it up');
    const child = Number(/child (\d+)/.exec((await linesOf(journal)).join())?.[1]);
    assert.ok(isRunning(child));
    process.kill(parent.pid, 'SIGKILL');
    await untilGone(child);
  });

  it('that cannot be started say why', async () => {
    const missing = { ...journaling('it', journal), command: '/nowhere/server' };
    await assert.rejects(services.start(missing), /^Error: it could not be started: .*ENOENT/);
    const file = path.join(folder, 'plain-file');
    await writeFile(file, '', { mode: 0o600 });
    await assert.rejects(services.start({ ...missing, command: file }), /EACCES/);
    const unwritable = { ...journaling('it', journal), log: path.join(folder, 'none/log') };
    await assert.rejects(services.start(unwritable), /it could not be started: ENOENT.*none\/log/);
  });

  it('truncate their log at every start', async () => {
    const file = path.join(folder, 'log');
    const echo = { ...journaling('it', journal), command: '/bin/sh', log: file };
    for (const word of ['one', 'two'])
      await (await services.start({ ...echo, args: ['-c', `echo ${word}; echo ${word} >&2`] })).exited;
    assert.equal(await readFile(file, 'utf8'), 'two\ntwo\n');
  });
});

describe('after a kill -9 no service is left', () => {
  const plan = () => ({ services: ['first', 'second'].map((name) => journaling(name, journal)) });

  for (const target of ['process', 'group'] as const)
    it(`of the ${target} that started them: they are asked to stop`, async () => {
      const starter = runStarter(plan());
      const pids = await starter.started;
      await Promise.all(['first up', 'second up'].map((line) => untilNoted(journal, line)));
      const children = childrenOf(starter.pid);
      await starter.kill(target);
      await untilGone(...pids, ...children);
      assert.equal((await linesOf(journal)).filter((line) => line.endsWith('asked to stop')).length, 2);
    });

  it('of the process that started them, even if they ignore their stop signal', async () => {
    const starter = runStarter({ services: [journaling('it', journal, 'stubborn')] });
    const pids = await starter.started;
    await untilNoted(journal, 'it up');
    await starter.kill();
    await untilGone(...pids);
    await assertStopped('it');
  });
});

describe('a command with services of its own', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`stops them in order on ${signal}`, async () => {
      const starter = runStarter({ services: [journaling('it', journal)] });
      const pids = await starter.started;
      await untilNoted(journal, 'it up');
      process.kill(starter.pid, signal);
      assert.deepEqual(await once(starter.child, 'exit'), [3, null]);
      assert.deepEqual(pids.filter(isRunning), []);
      await assertStopped('it');
    });

  it('stops them when its work fails', async () => {
    const starter = runStarter({ services: [journaling('it', journal)], fails: true });
    const pids = await starter.started;
    assert.deepEqual(await once(starter.child, 'exit'), [1, null]);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it('stops them soon after the npm that started it was killed, or the shell between the two', async () => {
    for (const target of ['npm', 'shell']) {
      const started = JSON.stringify({ services: [journaling('it', journal)] });
      const script = `"$NODE" "${path.join(ROOT, 'test/integration/local/programs/starter.ts')}" "$PLAN" && true`;
      await writeFile(path.join(folder, 'package.json'), JSON.stringify({ scripts: { start: script } }));
      const env = { ...process.env, NODE: process.execPath, PLAN: started };
      const npm = spawn('npm', ['start', '--silent'], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [pids] = (await once(npm.stdout, 'data')).map((data) => JSON.parse(String(data)) as number[]);
      const starter = readProcess(pids?.[0] ?? 0)?.ppid ?? 0;
      const shell = readProcess(starter)?.ppid;
      assert.ok(shell !== undefined && shell !== npm.pid);
      process.kill(target === 'npm' ? (npm.pid as number) : shell, 'SIGKILL');
      await untilGone(starter, ...(pids ?? []));
    }
  });
});
