import assert from 'node:assert/strict';
import { it } from 'node:test';
import { check } from './checker.ts';

for (const { only, cluster } of [
  { only: 'Redis paused', cluster: false },
  { only: 'tracking links swallowed', cluster: false },
  { only: 'tracking links cut', cluster: true },
]) {
  const over = cluster ? 'a Redis Cluster' : 'one Redis';
  it(`no answer is older than allowed, none goes back and no change is lost: ${only}, over ${over}`, async (context) => {
    const report = await check({ seconds: 5, seed: 7, cluster, only });
    context.diagnostic(`${report.reads} reads, ${report.tiers.get('redis')} answered by Redis`);
    assert.ok(report.reads > 300, `${report.reads} reads`);
    assert.ok((report.tiers.get('redis') ?? 0) > 0.05 * report.reads, 'L2 was hardly ever trusted');
    assert.ok([...report.writes.values()].every((count) => count > 0));
    assert.deepEqual(report.violations, []);
  });
}
