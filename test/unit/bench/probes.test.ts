import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUDGETS } from '../../bench/budgets/budgets.ts';
import { runProbes } from '../../bench/measure/measure-rounds.ts';
import { measured, type Probe } from '../../bench/probes/probe.ts';
import { PROBES } from '../../bench/probes/probes.ts';
import type { Stage } from '../../bench/stage.ts';

const options = { quick: true, only: [], rounds: 1, seconds: 1, backlogRows: 1, profile: false, out: '' };

describe('the probes', () => {
  it('go on if one fails: its budgets are not measured then, and the failure is reported', async () => {
    const failing: Probe = {
      name: 'a',
      budgets: ['a1', 'a2'],
      run: () => Promise.reject(new Error('broken')),
    };
    const working: Probe = { name: 'b', budgets: ['b'], run: async () => ({ b: measured(1) }) };
    const failures: string[] = [];
    const fail = (what: string, error: unknown) => {
      failures.push(what);
      return (error as Error).message;
    };
    const doing = { stage: {} as Stage, options, say: () => {}, fail };
    assert.deepEqual(await runProbes([failing, working], doing), {
      a1: { kind: 'not measured', reason: 'broken' },
      a2: { kind: 'not measured', reason: 'broken' },
      b: { kind: 'measured', values: [1] },
    });
    assert.deepEqual(failures, ['a']);
  });

  it('serve budgets that there are', () => {
    const names = BUDGETS.map(({ name }) => name);
    for (const budget of PROBES.flatMap(({ budgets }) => budgets)) assert.ok(names.includes(budget), budget);
  });
});
