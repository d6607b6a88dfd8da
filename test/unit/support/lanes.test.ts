import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { filesOfRun } from '../../support/lanes.ts';
import { ROOT } from '../../support/static-checks.ts';

const FILES = globSync('test/**/*.test.ts', { cwd: ROOT });

describe('npm test and npm run test:faults', () => {
  it('run each test file once between them', () => {
    const run = [...filesOfRun(ROOT, 'tests'), ...filesOfRun(ROOT, 'faults')];
    assert.deepEqual(run.toSorted(), FILES.toSorted());
  });

  it('know all suites of a file when its first one begins: nothing is awaited between them', () => {
    for (const file of FILES) {
      const [, ...suites] = readFileSync(join(ROOT, file), 'utf8').split(/^(?=(?:describe|for) ?\()/m);
      for (const suite of suites) assert.doesNotMatch(suite, /^\S.*\bawait\b/m, file);
    }
  });
});
