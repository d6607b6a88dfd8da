import type { Budget } from '../budgets/budget.ts';

const limit = (budget: Pick<Budget, 'name' | 'what' | 'formula' | 'limit' | 'unit'>): Budget => ({
  ...budget,
  good: 'at most',
  value: ({ probes }) => probes[budget.name] ?? { kind: 'not measured', reason: 'not run' },
});

/**
 * What CI holds. Wider than the budgets of the bench, which are for a quiet machine: these are to go red when a change
 * makes requests dearer, and at no other time.
 */
export const COST_LIMITS: readonly Budget[] = [
  limit({
    name: 'cost-cpu',
    what: 'CPU time of a hot hit',
    formula: 'to that of bare Fastify, median of rounds',
    limit: 1.5,
    unit: '×',
  }),
  limit({
    name: 'cost-bytes',
    what: 'bytes that a hot hit allocates',
    formula: 'to those of bare Fastify',
    limit: 1.5,
    unit: '×',
  }),
  limit({
    name: 'one-cold-key',
    what: '1,000 concurrent requests for one cold key',
    formula: 'statements, 4 processes',
    limit: 1,
    unit: 'statements',
  }),
  limit({
    name: 'cold-keys',
    what: '10,000 distinct cold keys',
    formula: 'statements, 4 processes; a herd is 10,000',
    limit: 200,
    unit: 'statements',
  }),
];
