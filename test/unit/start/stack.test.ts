import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceExit } from '#src/apps/local/src/guard/start-guard';
import { Stack } from '#src/apps/local/src/stack/stack';

/** A stack on a guard that runs nothing; what is ended is written down. */
function makeStack() {
  const ended: string[] = [];
  const exits = new Map<number, PromiseWithResolvers<ServiceExit>>();
  const stack = new Stack({
    run: async ({ name }) => {
      const exit = Promise.withResolvers<ServiceExit>();
      const pid = exits.size + 1;
      exits.set(pid, exit);
      return { name, pid, exited: exit.promise, stop: async () => undefined };
    },
    stop: async () => {
      ended.push('guard');
    },
  });
  const lost: string[] = [];
  const add = async (role: 'api' | 'redis' | 'postgres') => {
    const spec = { name: role, command: role, args: [], output: 'inherit' } as const;
    const { pid } = await stack.run({ ...spec, stopSignal: 'SIGTERM', stopTimeoutMs: 1 });
    const exit = exits.get(pid);
    const stop = async () => {
      ended.push(role);
      exit?.resolve({ code: 0, signal: null });
    };
    stack.add(role, { pid, stop }, ({ signal }) => lost.push(`${role}: ${signal}`));
    return { die: () => exit?.resolve({ code: null, signal: 'SIGKILL' }) };
  };
  return { stack, add, ended, lost };
}

describe('what a run has brought up', () => {
  it('goes down from the api to Postgres, in whatever order it came up', async () => {
    const { stack, add, ended, lost } = makeStack();
    for (const role of ['redis', 'postgres', 'api'] as const) await add(role);
    await stack.stop();
    assert.deepEqual(ended, ['api', 'redis', 'postgres', 'guard']);
    assert.deepEqual(lost, []);
  });

  it('goes down as far as it came up', async () => {
    const { stack, add, ended } = makeStack();
    await add('postgres');
    await stack.stop();
    assert.deepEqual(ended, ['postgres', 'guard']);
  });

  it('is told of a part that ends unasked, and does not stop that again', async () => {
    const { stack, add, ended, lost } = makeStack();
    await add('postgres');
    const redis = await add('redis');
    redis.die();
    await new Promise(setImmediate);
    assert.deepEqual(lost, ['redis: SIGKILL']);
    await stack.stop();
    assert.deepEqual(ended, ['postgres', 'guard']);
  });
});
