import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import { filesOfRun } from '../../support/lanes.ts';
import { ROOT } from '../../support/static-checks.ts';

describe('npm test and npm run test:faults', () => {
  it('run each test file once between them', () => {
    const run = [...filesOfRun(ROOT, 'tests'), ...filesOfRun(ROOT, 'faults')];
    assert.deepEqual(run.toSorted(), globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted());
  });
});
