import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DependencyPolicy, ResilienceEvents } from '#libs/resilience';

describe('the slots of a dependency', () => {
  let events: ResilienceEvents;
  let policy: DependencyPolicy;
  let rejected: string[];

  const make = (maxWaitMs: number) => {
    events = new ResilienceEvents();
    rejected = [];
    events.on('rejected', (_dependency, why) => rejected.push(why));
    policy = new DependencyPolicy(
      {
        dependency: 'postgres',
        timeoutMs: 60_000,
        failures: 5,
        windowMs: 10_000,
        openMs: 30_000,
        bulkhead: { concurrency: 1, queue: 1, maxWaitMs },
      },
      events,
    );
  };
  const hanging = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    return { outcome: policy.run(() => promise), resolve };
  };

  beforeEach(() => make(60_000));

  it('are so many: the next waits, and what comes on top is refused at once', async () => {
    const first = hanging();
    const second = policy.run(async () => 'second');
    assert.deepEqual(await policy.run(async () => 'third'), { kind: 'skipped', why: 'bulkhead-full' });
    assert.deepEqual(rejected, ['queue-full']);
    first.resolve('first');
    assert.deepEqual(await second, { kind: 'answered', value: 'second' });
  });

  it('are waited for so long and no longer, and what was given up is never called', async () => {
    make(20);
    const first = hanging();
    let called = false;
    const second = policy.run(async () => {
      called = true;
    });
    assert.deepEqual(await second, { kind: 'skipped', why: 'bulkhead-full' });
    assert.deepEqual(rejected, ['waited-too-long']);
    first.resolve('first');
    await first.outcome;
    assert.deepEqual(await policy.run(async () => 'fourth'), { kind: 'answered', value: 'fourth' });
    assert.equal(called, false);
  });

  it('are not waited for while the breaker is open', async () => {
    const first = hanging();
    const broken = new DependencyPolicy(
      {
        dependency: 'postgres',
        timeoutMs: 20,
        failures: 1,
        windowMs: 10_000,
        openMs: 30_000,
        bulkhead: { concurrency: 1, queue: 5, maxWaitMs: 60_000 },
      },
      events,
    );
    assert.equal((await broken.run(() => new Promise(() => {}))).kind, 'failed');
    assert.deepEqual(await broken.run(async () => 'x'), { kind: 'skipped', why: 'breaker-open' });
    first.resolve('first');
  });

  it('report how full they are', async () => {
    const seen: string[] = [];
    events.on('bulkhead', ({ running, waiting }) => seen.push(`${running}+${waiting}`));
    const first = hanging();
    first.resolve('first');
    await first.outcome;
    assert.deepEqual(seen, ['1+0', '0+0']);
  });
});
