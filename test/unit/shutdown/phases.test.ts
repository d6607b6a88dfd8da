import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runPhases } from '#src/libs/service/src/serve';

describe('the phases of a shutdown', () => {
  const ran: string[] = [];
  const phase = (name: string, run = () => Promise.resolve()) => ({
    name,
    run: () => {
      ran.push(name);
      return run();
    },
  });

  it('run one after the other', async () => {
    ran.length = 0;
    assert.deepEqual(await runPhases([phase('a'), phase('b')], 1_000), { kind: 'done' });
    assert.deepEqual(ran, ['a', 'b']);
  });

  it('end with the name of the one that hangs', async () => {
    ran.length = 0;
    const hangs = phase('b', () => new Promise(() => undefined));
    assert.deepEqual(await runPhases([phase('a'), hangs, phase('c')], 20), { kind: 'hung', name: 'b' });
    assert.deepEqual(ran, ['a', 'b']);
  });

  it('run all when one fails, and name it', async () => {
    ran.length = 0;
    const error = new Error('no');
    const outcome = await runPhases([phase('a', () => Promise.reject(error)), phase('b')], 1_000);
    assert.deepEqual(outcome, { kind: 'failed', name: 'a', error });
    assert.deepEqual(ran, ['a', 'b']);
  });
});
