import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Figures, judge } from '../../bench/budgets/budget.ts';
import { BUDGETS } from '../../bench/budgets/budgets.ts';
import { median } from '../../bench/measure/sample.ts';
import { runOf } from './run-of.ts';

const EMPTY: Figures = { runs: [], probes: {} };

function verdictOf(name: string, figures: Partial<Figures>) {
  const budget = BUDGETS.find((candidate) => candidate.name === name);
  assert.ok(budget);
  return judge(budget, { ...EMPTY, ...figures });
}

const probed = (name: string, ...values: number[]) =>
  verdictOf(name, { probes: { [name]: { kind: 'measured', values } } }).kind;

describe('a budget', () => {
  it('is met up to its limit and missed beyond', () => {
    assert.equal(probed('cold-keys', 200), 'met');
    assert.equal(probed('cold-keys', 201), 'missed');
    assert.equal(probed('headline-10400-errors', 0), 'met');
    assert.equal(probed('headline-10400-errors', 1), 'missed');
  });

  it('is judged by the median of its rounds', () => {
    assert.equal(probed('start', 0.9, 1, 9), 'met');
    assert.equal(probed('start', 0.9, 1.1, 1.2), 'missed');
  });

  it('compares two contestants within each round', () => {
    const runs = [
      runOf('fastify-map', 1, 20),
      runOf('hotshelf-hot', 1, 22),
      runOf('fastify-map', 2, 200),
      runOf('hotshelf-hot', 2, 220),
      runOf('hotshelf-hot', 3, 999),
    ];
    const verdict = verdictOf('hot', { runs });
    assert.equal(verdict.kind, 'met');
    assert.ok(verdict.kind === 'met' && verdict.values.every((value) => Math.abs(value - 1.1) < 1e-9));
    assert.ok(verdict.kind === 'met' && verdict.values.length === 2);
  });

  it('compares the latency of two contestants at their ceilings', () => {
    const runs = (micros: number) => [runOf('fastify-map', 1, 200), runOf('hotshelf-hot', 1, micros)];
    assert.equal(verdictOf('hot-p99', { runs: runs(290) }).kind, 'met');
    assert.equal(verdictOf('hot-p99', { runs: runs(310) }).kind, 'missed');
  });

  it('wants the FastAPI rewrite to cost a multiple', () => {
    const runs = (fastapi: number) => [runOf('fastapi-hot', 1, fastapi), runOf('hotshelf-hot', 1, 10)];
    assert.equal(verdictOf('fastapi', { runs: runs(150) }).kind, 'met');
    assert.equal(verdictOf('fastapi', { runs: runs(149) }).kind, 'missed');
  });

  it('is neither met nor missed where nothing was measured, and says why', () => {
    for (const { name } of BUDGETS) {
      const verdict = verdictOf(name, {});
      assert.ok(verdict.kind === 'not measured' && verdict.reason.length > 0, name);
    }
    const reason = 'there is no such page';
    const verdict = verdictOf('page', { probes: { page: { kind: 'not measured', reason } } });
    assert.deepEqual(
      [verdict.kind, verdict.kind === 'not measured' && verdict.reason],
      ['not measured', reason],
    );
  });

  it('has a name of its own', () => {
    const names = BUDGETS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('the median', () => {
  it('is the middle one, or halfway between the two in the middle', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(median([7]), 7);
    assert.ok(Number.isNaN(median([])));
  });
});
