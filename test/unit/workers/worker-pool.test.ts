import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { pino } from 'pino';
import type { PoolEnd } from '#libs/workers';
import { WorkerPool } from '#libs/workers';
import { FakeLauncher } from '../../support/fake-workers.ts';

const DIED = { code: 1, signal: null };

/** Lets what is waiting for a promise go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the keeping of workers', () => {
  let launcher: FakeLauncher;
  let pool: WorkerPool;
  let end: Promise<PoolEnd>;
  let gone: number[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    [launcher, gone] = [new FakeLauncher(), []];
    pool = new WorkerPool(launcher, {
      size: 2,
      spare: false,
      stopLimitMs: 1_000,
      logger: pino({ level: 'silent' }),
      heard: () => undefined,
      gone: (pid) => gone.push(pid),
    });
    end = pool.run();
  });
  afterEach(() => mock.timers.reset());

  const serve = (...numbers: number[]) => {
    for (const n of numbers) launcher.get(n).does.listening();
  };
  const exit = (...numbers: number[]) => {
    for (const n of numbers) launcher.get(n).exit();
  };

  it('ends well if all were stopped in order', async () => {
    serve(1, 2);
    pool.stop();
    exit(1, 2);
    assert.deepEqual(await end, { kind: 'stopped' });
    assert.deepEqual(gone, [1, 2]);
  });

  it('reports if one of them did not stop in order', async () => {
    serve(1, 2);
    pool.stop();
    launcher.get(1).exit(DIED);
    exit(2);
    assert.deepEqual(await end, { kind: 'unclean' });
  });

  it('ends with the error of the first that cannot start, if none has served', async () => {
    launcher.get(1).does.heard({ kind: 'failed', text: 'PORT must be free' });
    launcher.get(2).does.heard({ kind: 'failed', text: 'PORT must be free, too' });
    launcher.get(1).exit(DIED);
    launcher.get(2).exit(DIED);
    assert.deepEqual(await end, { kind: 'failed', text: 'PORT must be free' });
    assert.equal(launcher.workers.length, 2);
  });

  it('goes on trying if one that has served cannot start any more', () => {
    serve(1, 2);
    launcher.get(1).exit(DIED);
    launcher.get(3).does.heard({ kind: 'failed', text: 'PORT must be free' });
    launcher.get(3).exit(DIED);
    assert.equal(pool.slots.length, 2);
    assert.equal(pool.isStopping, false);
  });

  it('gives up when they die again and again and none has ever served', async () => {
    // The places take turns with what was started last.
    for (let n = 1; n <= 20 && !pool.isStopping; n += 1) {
      if (launcher.workers[n - 1] === undefined) break;
      launcher.get(n).exit(DIED);
      for (const slot of pool.slots) if (slot.kind === 'waiting') slot.start();
    }
    for (const worker of launcher.workers) worker.exit(DIED);
    assert.equal((await end).kind, 'failed');
  });

  it('rolls one at a time: the new one serves before the old one is stopped', async () => {
    serve(1, 2);
    pool.roll();
    assert.equal(launcher.workers.length, 3);
    await settle();
    assert.deepEqual(launcher.get(1).received, []);
    serve(3);
    await settle();
    assert.deepEqual([launcher.get(1).received, launcher.get(2).received], [['stop'], []]);
    assert.equal(launcher.workers.length, 3);
    exit(1);
    await settle();
    serve(4);
    await settle();
    exit(2);
    await settle();
    assert.deepEqual(
      pool.slots.map(({ worker }) => worker?.pid),
      [3, 4],
    );
  });

  it('keeps the old ones when a new one does not come up, and starts it no second time', async () => {
    serve(1, 2);
    pool.roll();
    launcher.get(3).exit(DIED);
    await settle();
    assert.deepEqual(
      pool.slots.map(({ worker }) => worker?.pid),
      [1, 2],
    );
    assert.equal(launcher.workers.length, 3);
    assert.deepEqual(launcher.get(1).received, []);
  });

  it('rolls once more when it was asked to meanwhile', async () => {
    serve(1, 2);
    pool.roll();
    pool.roll();
    for (const [fresh, old] of [
      [3, 1],
      [4, 2],
      [5, 3],
      [6, 4],
    ] as const) {
      await settle();
      serve(fresh);
      await settle();
      exit(old);
    }
    await settle();
    assert.deepEqual(
      pool.slots.map(({ worker }) => worker?.pid),
      [5, 6],
    );
  });

  it('is stopped in the middle of a roll', async () => {
    serve(1, 2);
    pool.roll();
    await settle();
    pool.stop();
    exit(1, 2, 3);
    assert.deepEqual(await end, { kind: 'stopped' });
    assert.equal(launcher.workers.length, 3);
  });
});
