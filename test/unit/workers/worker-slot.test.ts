import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Death, SlotListener } from '#src/libs/workers/src/worker-slot';
import { WorkerSlot } from '#src/libs/workers/src/worker-slot';
import { FakeLauncher } from '../../support/fake-workers.ts';

const STOP_LIMIT_MS = 15_000;
const KILLED = { code: null, signal: 'SIGKILL' };

describe("a worker's place", () => {
  let nowMs: number;
  let launcher: FakeLauncher;
  let deaths: Death[];
  let seen: string[];
  let slot: WorkerSlot;

  beforeEach(() => {
    [nowMs, launcher, deaths, seen] = [1_000_000, new FakeLauncher(), [], []];
    const listener: SlotListener = {
      served: () => seen.push('served'),
      died: (_slot, death) => {
        deaths.push(death);
        seen.push('died');
      },
      hung: () => seen.push('hung'),
      stopped: () => seen.push('stopped'),
      heard: () => undefined,
    };
    slot = new WorkerSlot(launcher, listener, STOP_LIMIT_MS, () => nowMs);
    slot.start();
  });

  /** Time passes, with a look at the place every 50 ms. */
  const pass = (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 50;
      slot.tick();
    }
  };
  const serve = () => launcher.get(launcher.workers.length).does.listening();

  it('is filled again at once when its worker dies', () => {
    serve();
    pass(60_000 - 50);
    launcher.get(1).does.heard({ kind: 'pong' });
    launcher.get(1).exit(KILLED);
    assert.equal(launcher.workers.length, 2);
    assert.equal(slot.kind, 'starting');
    assert.deepEqual(
      deaths.map(({ pid, exit, delayMs }) => ({ pid, exit, delayMs })),
      [{ pid: 1, exit: KILLED, delayMs: 0 }],
    );
  });

  it('waits longer each time when its workers die young, and not after one that lived long', () => {
    for (let n = 1; n <= 3; n += 1) {
      launcher.get(launcher.workers.length).exit({ code: 1, signal: null });
      pass(1_000);
    }
    assert.deepEqual(
      deaths.map(({ delayMs }) => delayMs),
      [0, 200, 400],
    );
    serve();
    answerWhile(20_000);
    launcher.get(launcher.workers.length).exit(KILLED);
    assert.equal(deaths.at(-1)?.delayMs, 0);
  });

  it('stays empty until the wait is over', () => {
    launcher.get(1).exit();
    launcher.get(2).exit();
    assert.equal(slot.kind, 'waiting');
    pass(150);
    assert.equal(launcher.workers.length, 2);
    pass(50);
    assert.equal(launcher.workers.length, 3);
  });

  const answerWhile = (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      pass(500);
      launcher.get(launcher.workers.length).does.heard({ kind: 'pong' });
    }
  };

  it('asks its worker every second, and leaves one that answers alone', () => {
    serve();
    answerWhile(30_000);
    assert.equal(launcher.get(1).received.filter((kind) => kind === 'ping').length, 30);
    assert.equal(launcher.get(1).killed, false);
  });

  it('kills a worker that is silent for five pings, once, and fills itself again', () => {
    serve();
    pass(5_900);
    assert.equal(launcher.get(1).killed, false);
    pass(1_000);
    assert.equal(launcher.get(1).killed, true);
    assert.deepEqual(seen, ['served', 'hung']);
    launcher.get(1).exit(KILLED);
    assert.deepEqual(seen, ['served', 'hung', 'died']);
    assert.equal(slot.kind, 'starting');
  });

  it('takes a pause of the parent itself for no silence of the worker', () => {
    serve();
    pass(1_000);
    nowMs += 60_000;
    pass(50);
    launcher.get(1).does.heard({ kind: 'pong' });
    pass(4_000);
    assert.equal(launcher.get(1).killed, false);
  });

  it('does not ask one that still starts, and kills it when it takes a minute', () => {
    pass(59_900);
    assert.deepEqual([launcher.get(1).received, launcher.get(1).killed], [[], false]);
    pass(150);
    assert.equal(launcher.get(1).killed, true);
  });

  it('asks one that starts and can answer, and kills it when it is silent', () => {
    launcher.isPrepared = true;
    launcher.get(1).exit(KILLED);
    pass(5_900);
    assert.equal(launcher.get(2).killed, false);
    pass(1_000);
    assert.equal(launcher.get(2).killed, true);
  });

  it('is given up when its worker has stopped, without a successor', () => {
    serve();
    slot.stop('shutdown');
    assert.deepEqual(launcher.get(1).received, ['stop']);
    launcher.get(1).exit();
    pass(60_000);
    assert.equal(slot.kind, 'ended');
    assert.equal(launcher.workers.length, 1);
    assert.deepEqual(seen, ['served', 'stopped']);
  });

  it('kills a worker that does not stop in time', () => {
    serve();
    slot.stop('shutdown');
    pass(STOP_LIMIT_MS - 50);
    assert.equal(launcher.get(1).killed, false);
    pass(50);
    assert.equal(launcher.get(1).killed, true);
  });

  it('is given up at once while it is empty', () => {
    launcher.get(1).exit();
    launcher.get(2).exit();
    slot.stop('shutdown');
    pass(60_000);
    assert.deepEqual([slot.kind, launcher.workers.length], ['ended', 2]);
  });
});
