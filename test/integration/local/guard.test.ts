import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { type Guard, startGuard } from '#src/apps/local/src/guard/start-guard';
import { until } from '../../support/until.ts';
import { childrenOf, guardOf, isRunning, journaling, linesOf, untilGone, untilNoted } from './services.ts';

describe('the guard of the services', () => {
  const folders: string[] = [];
  let folder = '';
  let journal = '';
  let guard: Guard;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-guard-'));
    folders.push(folder);
    journal = path.join(folder, 'journal');
    guard = await startGuard();
  });
  afterEach(() => guard.stop());
  after(() => Promise.all(folders.map((each) => rm(each, { recursive: true, force: true }))));

  it('stops what started last first, and waits for each', async () => {
    for (const name of ['first', 'second', 'third']) {
      await guard.run(journaling(name, journal));
      await untilNoted(journal, `${name} up`);
    }
    await guard.stop();
    const stops = (await linesOf(journal)).filter((line) => line.endsWith('asked to stop'));
    assert.deepEqual(stops, ['third asked to stop', 'second asked to stop', 'first asked to stop']);
  });

  it('kills a service that ignores its stop signal, when its time is over', async () => {
    const stubborn = await guard.run({ ...journaling('it', journal, 'stubborn'), stopTimeoutMs: 200 });
    await untilNoted(journal, 'it up');
    await stubborn.stop();
    assert.deepEqual(await stubborn.exited, { code: null, signal: 'SIGKILL' });
    assert.ok((await linesOf(journal)).includes('it asked to stop'));
  });

  it('gives a service the time to end by itself', async () => {
    const obedient = await guard.run(journaling('it', journal));
    await untilNoted(journal, 'it up');
    await obedient.stop();
    assert.deepEqual(await obedient.exited, { code: 0, signal: null });
  });

  it('stops one service and leaves the others alone', async () => {
    const one = await guard.run(journaling('one', journal));
    const other = await guard.run(journaling('other', journal));
    await one.stop();
    assert.ok(!isRunning(one.pid));
    assert.ok(isRunning(other.pid));
  });

  it('ends what a service had started, when that service crashes', async () => {
    const parent = await guard.run(journaling('it', journal, 'parent'));
    await untilNoted(journal, 'it up');
    const child = Number(/child (\d+)/.exec((await linesOf(journal)).join())?.[1]);
    assert.ok(isRunning(child));
    process.kill(parent.pid, 'SIGKILL');
    await untilGone(child);
  });

  it('says what could not be found', async () => {
    const missing = { ...journaling('the missing one', journal), command: '/nowhere/server' };
    await assert.rejects(
      guard.run(missing),
      /the missing one could not be started: .*\/nowhere\/server ENOENT/,
    );
  });

  it('says what may not be executed', async () => {
    const file = path.join(folder, 'plain-file');
    await writeFile(file, '', { mode: 0o600 });
    await assert.rejects(guard.run({ ...journaling('it', journal), command: file }), /it could not.*EACCES/);
  });

  it('says which log can not be written', async () => {
    const spec = { ...journaling('it', journal), output: { file: path.join(folder, 'none/log') } };
    await assert.rejects(guard.run(spec), /it could not be started: ENOENT.*none\/log/);
  });

  it('starts a log anew with every start', async () => {
    const file = path.join(folder, 'log');
    const echo = { ...journaling('it', journal), command: '/bin/sh', output: { file } };
    for (const word of ['one', 'two']) {
      const service = await guard.run({ ...echo, args: ['-c', `echo ${word}; echo ${word} >&2`] });
      await service.exited;
    }
    assert.equal(await readFile(file, 'utf8'), 'two\ntwo\n');
  });

  it('is not ended by the signals of a terminal', async () => {
    const service = await guard.run(journaling('it', journal));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(guardOf(service.pid), signal);
    // What answers a request has outlived the signals before it.
    await guard.run(journaling('another', journal));
    assert.ok(isRunning(service.pid));
  });

  it('keeps neither files nor processes of services that have ended', async () => {
    const stays = await guard.run(journaling('it', journal));
    const guardPid = guardOf(stays.pid);
    const brief = { ...journaling('brief', journal), command: '/bin/sh', args: ['-c', ':'] };
    const held = async () => (await readdir(`/proc/${guardPid}/fd`)).length;
    await (await guard.run(brief)).exited;
    const before = await held();
    for (let count = 0; count < 20; count += 1) {
      await (await guard.run({ ...brief, output: { file: path.join(folder, 'log') } })).exited;
    }
    await until('no file is left open', async () => (await held()) <= before);
    assert.deepEqual(childrenOf(guardPid), [stays.pid]);
  });

  it('starts nothing once it was told to stop', async () => {
    await guard.stop();
    await assert.rejects(guard.run(journaling('late', journal)), /late can't start/);
  });
});
