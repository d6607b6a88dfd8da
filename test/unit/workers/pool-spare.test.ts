import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { pino } from 'pino';
import { WorkerPool } from '#libs/workers';
import { FakeLauncher } from '../../support/fake-workers.ts';

const DIED = { code: 1, signal: null };
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the keeping of workers with a spare', () => {
  let launcher: FakeLauncher;
  let pool: WorkerPool;
  let gone: number[];

  const start = (spare: boolean) => {
    [launcher, gone] = [new FakeLauncher(), []];
    pool = new WorkerPool(launcher, {
      size: 2,
      spare,
      stopLimitMs: 1_000,
      logger: pino({ level: 'silent' }),
      heard: () => undefined,
      gone: (pid) => gone.push(pid),
    });
    return pool.run();
  };
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  const look = () => mock.timers.tick(50);
  const serve = (...numbers: number[]) => {
    for (const n of numbers) launcher.get(n).does.listening();
  };
  const pids = () => pool.slots.map(({ worker }) => worker?.pid);

  it('starts it when all workers serve, and not before', () => {
    void start(true);
    serve(1);
    look();
    assert.equal(launcher.workers.length, 2);
    serve(2);
    look();
    look();
    assert.equal(launcher.workers.length, 3);
    assert.deepEqual(pids(), [1, 2]);
  });

  it('starts none where none is wanted', () => {
    void start(false);
    serve(1, 2);
    look();
    assert.equal(launcher.workers.length, 2);
  });

  it('makes it serve when a worker dies, and starts the next one then', () => {
    void start(true);
    serve(1, 2);
    look();
    assert.equal(launcher.get(3).serves, false);
    launcher.get(1).exit(DIED);
    assert.deepEqual([pids(), launcher.get(3).serves], [[3, 2], true]);
    look();
    assert.equal(launcher.workers.length, 3);
    serve(3);
    look();
    assert.equal(launcher.workers.length, 4);
    assert.deepEqual(gone, [1]);
  });

  it('ends it before a roll, since it has read the old program, and starts a new one after it', async () => {
    void start(true);
    serve(1, 2);
    look();
    pool.roll();
    assert.equal(launcher.get(3).killed, true);
    for (const [fresh, old] of [
      [4, 1],
      [5, 2],
    ] as const) {
      await settle();
      serve(fresh);
      look();
      await settle();
      launcher.get(old).exit();
    }
    await settle();
    assert.deepEqual([pids(), launcher.workers.length], [[4, 5], 5]);
    look();
    assert.equal(launcher.workers.length, 6);
  });

  it('ends it at a stop, and starts no other', async () => {
    const end = start(true);
    serve(1, 2);
    look();
    pool.stop();
    assert.equal(launcher.get(3).killed, true);
    launcher.get(1).exit();
    look();
    launcher.get(2).exit();
    assert.deepEqual(await end, { kind: 'stopped' });
    assert.equal(launcher.workers.length, 3);
  });
});
