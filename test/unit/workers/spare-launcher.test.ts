import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { SpareLauncher } from '#src/libs/workers/src/launchers';
import type { WorkerProcess } from '#src/libs/workers/src/worker-slot';
import { FakeLauncher } from '../../support/fake-workers.ts';

const KILLED = { code: null, signal: 'SIGKILL' };

describe('a spare worker', () => {
  let nowMs: number;
  let processes: FakeLauncher;
  let launcher: SpareLauncher;
  let seen: string[];
  let lines: string[];

  beforeEach(() => {
    [nowMs, processes, seen, lines] = [1_000_000, new FakeLauncher(), [], []];
    const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line).msg) });
    launcher = new SpareLauncher(processes, logger, () => nowMs);
    launcher.tick(true);
  });

  /** Time passes, with a look at the spare every 50 ms. */
  const pass = (ms: number, wanted = true) => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 50;
      launcher.tick(wanted);
    }
  };
  const take = (): WorkerProcess =>
    launcher.launch({
      listening: () => seen.push('listening'),
      heard: ({ kind }) => seen.push(kind),
      exited: () => seen.push('exited'),
    });
  const prepared = (n: number) => processes.get(n).does.heard({ kind: 'prepared' });

  it('is what the next one that is needed gets, with all that it says from then on', () => {
    prepared(1);
    assert.equal(take().pid, 1);
    processes.get(1).does.listening();
    processes.get(1).does.heard({ kind: 'pong' });
    processes.get(1).exit();
    assert.deepEqual(seen, ['listening', 'pong', 'exited']);
    assert.equal(processes.workers.length, 1);
  });

  it('is taken also while it still starts, which is quicker than another start', () => {
    assert.equal(take().pid, 1);
  });

  it('is not started where none is wanted; who needs a worker waits for a start then', () => {
    assert.equal(take().pid, 1);
    pass(1_000, false);
    assert.equal(processes.workers.length, 1);
    assert.equal(take().pid, 2);
  });

  it('is followed by the next one when it was taken', () => {
    take();
    pass(50);
    assert.equal(processes.workers.length, 2);
    assert.equal(take().pid, 2);
  });

  it('that ends by itself is replaced, after longer each time', () => {
    processes.get(1).exit();
    pass(50);
    processes.get(2).exit();
    pass(150);
    assert.equal(processes.workers.length, 2);
    pass(50);
    assert.equal(processes.workers.length, 3);
    assert.deepEqual(lines, Array(2).fill('spare worker exited unexpectedly'));
    assert.equal(take().pid, 3);
  });

  it('that does not answer is killed, and replaced', () => {
    prepared(1);
    pass(5_950);
    assert.equal(processes.get(1).killed, false);
    pass(1_000);
    assert.equal(processes.get(1).killed, true);
    processes.get(1).exit(KILLED);
    assert.deepEqual(lines, ['spare worker ready', 'spare worker is unresponsive; killed']);
    assert.equal(processes.workers.length, 2);
  });

  it('that answers is left alone', () => {
    prepared(1);
    for (let n = 0; n < 60; n += 1) {
      pass(500);
      processes.get(1).does.heard({ kind: 'pong' });
    }
    assert.equal(processes.get(1).killed, false);
  });

  it('that is not prepared within a minute is killed', () => {
    pass(59_900);
    assert.deepEqual([processes.get(1).received, processes.get(1).killed], [[], false]);
    pass(150);
    assert.equal(processes.get(1).killed, true);
  });

  it('is known to answer pings when it was prepared, and not before', () => {
    assert.equal(take().isPrepared, false);
    pass(50);
    prepared(2);
    assert.equal(take().isPrepared, true);
  });

  it('that is dropped is killed, belongs to no pool, and its end is not reported', () => {
    launcher.drop();
    assert.equal(processes.get(1).killed, true);
    processes.get(1).exit(KILLED);
    assert.deepEqual(lines, []);
    assert.equal(take().pid, 2);
  });

  it('that cannot start says why', () => {
    processes.get(1).does.heard({ kind: 'failed', text: 'DATABASE_URL must be …' });
    assert.deepEqual(lines, ['worker cannot start: DATABASE_URL must be …']);
  });
});
