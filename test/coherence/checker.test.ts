import assert from 'node:assert/strict';
import { it } from 'node:test';
import { check } from './checker.ts';

for (const only of ['Redis paused', 'tracking links swallowed']) {
  it(`no answer is older than allowed, none goes back and no change is lost: ${only}`, async () => {
    const report = await check({ seconds: 5, seed: 7, cluster: false, only });
    assert.ok(report.reads > 300, `${report.reads} reads`);
    assert.ok([...report.writes.values()].every((count) => count > 0));
    assert.deepEqual(report.violations, []);
  });
}
