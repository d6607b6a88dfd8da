import assert from 'node:assert/strict';
import { it } from 'node:test';
import { check } from './checker.ts';

for (const { only, seconds, seed } of [
  { only: 'a master dies, its replica takes over', seconds: 3, seed: 3 },
  { only: 'slots migrate to another master', seconds: 3, seed: 3 },
]) {
  it(`no answer is older than allowed, none goes back and no change is lost: ${only}, over a Redis Cluster of six`, async (context) => {
    const report = await check({ seconds, seed, cluster: true, replicas: true, only });
    const faults = report.faults.get(only) ?? 0;
    context.diagnostic(
      `${faults} times; ${report.reads} reads, ${report.tiers.get('redis')} answered by Redis; the oldest answer was ${Math.round(report.worstAgeMs)} ms behind`,
    );
    assert.ok(faults >= 1);
    assert.ok(report.reads > 300, `${report.reads} reads`);
    assert.ok((report.tiers.get('redis') ?? 0) > 0, 'Redis was never used');
    assert.deepEqual(report.violations, []);
  });
}
