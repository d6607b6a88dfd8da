import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeEach, describe, it, mock } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type BreakerState, DependencyPolicy, ResilienceEvents } from '#libs/resilience';

const broken = async () => {
  throw new Error('broken');
};
const answer = async () => 'answer';

describe('the policy in front of a dependency', () => {
  let states: BreakerState[];
  let policy: DependencyPolicy;

  const make = (countsAsFailure?: (error: unknown) => boolean) => {
    const events = new ResilienceEvents();
    states = [];
    events.on('transition', ({ to }) => states.push(to));
    policy = new DependencyPolicy(
      {
        dependency: 'redis',
        timeoutMs: 100,
        failures: 5,
        windowMs: 10_000,
        openMs: 30_000,
        ...(countsAsFailure && { countsAsFailure }),
      },
      events,
    );
  };
  const failTimes = async (times: number) => {
    for (let call = 0; call < times; call += 1) await policy.run(broken);
  };

  beforeEach(() => make());

  it('passes an answer on', async () => {
    assert.deepEqual(await policy.run(answer), { kind: 'answered', value: 'answer' });
  });

  it('turns an error into an outcome', async () => {
    const outcome = await policy.run(broken);
    assert.equal(outcome.kind === 'failed' && outcome.error.message, 'broken');
  });

  it('takes an answer that came in time to an event loop that stood still', async () => {
    const echo = new Worker(
      `const { parentPort } = require('node:worker_threads');
      const server = require('node:net').createServer((socket) => socket.pipe(socket));
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    const [port] = await once(echo, 'message');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    const outcome = await policy.run(async () => {
      socket.write('answer');
      setImmediate(standStill);
      const [bytes] = await once(socket, 'data');
      return String(bytes);
    });
    socket.destroy();
    await echo.terminate();
    assert.deepEqual(outcome, { kind: 'answered', value: 'answer' });
  });

  it('skips calls once five have failed, without making them', async () => {
    await failTimes(5);
    const call = mock.fn(answer);
    assert.deepEqual(await policy.run(call), { kind: 'skipped', why: 'breaker-open' });
    assert.equal(call.mock.callCount(), 0);
    assert.deepEqual(states, ['open']);
  });

  it('opens whatever the wall clock does between the failures', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
    for (let call = 0; call < 5; call += 1) {
      await policy.run(broken);
      context.mock.timers.setTime(1_700_000_000_000 + (call + 1) * 3_600_000);
    }
    assert.deepEqual(states, ['open']);
  });

  it('fails a call that takes too long, and aborts it', async () => {
    let signalled: AbortSignal | undefined;
    const outcome = await policy.run((signal) => {
      signalled = signal;
      return new Promise<never>(() => {});
    });
    assert.equal(outcome.kind, 'failed');
    assert.equal(signalled?.aborted, true);
  });

  it('lets one call try when the open time is over, and closes when it succeeds', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_000 });
    await failTimes(5);
    context.mock.timers.setTime(1_000 + 29_999);
    assert.equal((await policy.run(answer)).kind, 'skipped');
    context.mock.timers.setTime(1_000 + 30_000);
    assert.equal((await policy.run(answer)).kind, 'answered');
    assert.deepEqual(states, ['open', 'half-open', 'closed']);
  });

  it('makes no call wait for the trial: all others are skipped meanwhile', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_000 });
    await failTimes(5);
    context.mock.timers.setTime(1_000 + 30_000);
    const { promise, resolve } = Promise.withResolvers<string>();
    const trial = policy.run(() => promise);
    assert.deepEqual(await policy.run(answer), { kind: 'skipped', why: 'breaker-open' });
    resolve('answer');
    assert.equal((await trial).kind, 'answered');
    assert.equal((await policy.run(answer)).kind, 'answered');
  });

  it('costs no call anything that a listener throws', async () => {
    const events = new ResilienceEvents();
    events.on('transition', () => {
      throw new Error('a listener');
    });
    policy = new DependencyPolicy(
      { dependency: 'redis', timeoutMs: 100, failures: 1, windowMs: 10_000, openMs: 30_000 },
      events,
    );
    const outcome = await policy.run(broken);
    assert.equal(outcome.kind === 'failed' && outcome.error.message, 'broken');
    assert.equal((await policy.run(answer)).kind, 'skipped');
  });

  it('opens again when the trial fails', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_000 });
    await failTimes(5);
    context.mock.timers.setTime(1_000 + 30_000);
    await failTimes(1);
    assert.equal((await policy.run(answer)).kind, 'skipped');
  });

  it('closes at once when the dependency was seen to answer by other means', async () => {
    await failTimes(5);
    policy.recovered();
    assert.equal((await policy.run(answer)).kind, 'answered');
    assert.deepEqual(states, ['open', 'closed']);
  });

  it('has a lane of its own for others: a full one leaves the other free, in both directions', async () => {
    const { promise: held, resolve: open } = Promise.withResolvers<string>();
    const full = policy.lane('postgres-writes', { concurrency: 1, queue: 1, maxWaitMs: 10_000 });
    const other = policy.lane('postgres-writes', { concurrency: 1, queue: 0, maxWaitMs: 10_000 });
    const waiting = [full.run(() => held), full.run(answer)];
    assert.deepEqual(await full.run(answer), { kind: 'skipped', why: 'bulkhead-full' });
    assert.deepEqual(await other.run(answer), { kind: 'answered', value: 'answer' });
    assert.deepEqual(await policy.run(answer), { kind: 'answered', value: 'answer' });
    open('late');
    assert.deepEqual(await Promise.all(waiting), [
      { kind: 'answered', value: 'late' },
      { kind: 'answered', value: 'answer' },
    ]);
  });

  it('has one breaker for all lanes, also for a call that waited while it opened', async () => {
    const { promise: held, reject: fail } = Promise.withResolvers<never>();
    const lane = policy.lane('postgres-writes', { concurrency: 1, queue: 1, maxWaitMs: 10_000 });
    const waiting = [lane.run(() => held), lane.run(answer)];
    await failTimes(4);
    fail(new Error('broken'));
    assert.deepEqual((await Promise.all(waiting))[1], { kind: 'skipped', why: 'breaker-open' });
    assert.deepEqual(await policy.run(answer), { kind: 'skipped', why: 'breaker-open' });
    policy.recovered();
    assert.deepEqual(await lane.run(answer), { kind: 'answered', value: 'answer' });
  });

  it('does not count what a healthy dependency refused', async () => {
    make(() => false);
    await failTimes(20);
    assert.equal(policy.state, 'closed');
  });
});
