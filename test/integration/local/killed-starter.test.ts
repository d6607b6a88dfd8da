import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startGuard } from '#src/apps/local/src/guard/start-guard';
import { guardOf, isRunning, journaling, linesOf, untilGone, untilNoted } from './services.ts';
import { runStarter, type StarterProcess } from './starter-process.ts';

describe('after a kill -9 no service is left', () => {
  let folder = '';
  let journal = '';
  let starter: StarterProcess;
  /** The services and their guard. */
  let known: number[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-killed-'));
    journal = path.join(folder, 'journal');
    starter = runStarter({ services: ['first', 'second'].map((name) => journaling(name, journal)) });
  });
  afterEach(async () => {
    await starter.kill();
    for (const pid of known.filter(isRunning)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Resolves when the services have come so far that they can write down what happens to them. */
  async function pidsWhenUp(): Promise<[number, number]> {
    const { pids } = await starter.started;
    await Promise.all(['first up', 'second up'].map((line) => untilNoted(journal, line)));
    const [first, second] = pids;
    assert.ok(first !== undefined && second !== undefined);
    known = [guardOf(first), first, second];
    return [first, second];
  }

  async function assertStoppedInOrder(): Promise<void> {
    const stops = (await linesOf(journal)).filter((line) => line.endsWith('asked to stop'));
    assert.deepEqual(stops, ['second asked to stop', 'first asked to stop']);
  }

  it('of the starter: they are stopped in reverse order, and the guard ends', async () => {
    const pids = await pidsWhenUp();
    const guard = guardOf(pids[0]);
    await starter.kill();
    await untilGone(...pids, guard);
    await assertStoppedInOrder();
  });

  it("of the starter's whole process group", async () => {
    const pids = await pidsWhenUp();
    const guard = guardOf(pids[0]);
    await starter.kill('group');
    await untilGone(...pids, guard);
    await assertStoppedInOrder();
  });

  it('of the guard', async () => {
    const pids = await pidsWhenUp();
    process.kill(guardOf(pids[0]), 'SIGKILL');
    await untilGone(...pids);
  });

  it('of the guard and the starter at one blow', async () => {
    const pids = await pidsWhenUp();
    process.kill(guardOf(pids[0]), 'SIGKILL');
    await starter.kill();
    await untilGone(...pids);
  });
});

describe('a starter whose guard was killed', () => {
  it('kills the services it knows, and starts no more', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-killed-'));
    const journal = path.join(folder, 'journal');
    const guard = await startGuard();
    // It ignores what the kernel sends it when the guard is gone.
    const stubborn = { ...journaling('mine', journal, 'stubborn'), stopTimeoutMs: 200 };
    const service = await guard.run(stubborn);
    await untilNoted(journal, 'mine up');
    process.kill(guardOf(service.pid), 'SIGKILL');
    assert.deepEqual(await service.exited, { code: null, signal: null });
    assert.ok(!isRunning(service.pid));
    await assert.rejects(guard.run(journaling('late', journal)), /guards it is gone/);
    await guard.stop();
    await rm(folder, { recursive: true, force: true });
  });
});
