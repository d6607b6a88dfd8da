import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFile, ROOT, yamlFile } from './support/project.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: object;
  readonly concurrency: object;
  readonly jobs: Record<
    string,
    {
      'timeout-minutes'?: number;
      permissions?: object;
      strategy?: { matrix: { node: string[] } };
      steps: Step[];
    }
  >;
}

const { permissions, concurrency, jobs } = yamlFile<Workflow>('.github/workflows/ci.yaml');
const steps = Object.values(jobs).flatMap((job) => job.steps);
const commands = steps.flatMap(({ run }) => run ?? []).join('\n');

describe('the CI workflow', () => {
  it("runs the README's test command on the oldest Node that is promised, and on the current one", () => {
    assert.deepEqual(jobs['test']?.strategy?.matrix.node, ['20.19', '24']);
    assert.ok(jobs['test']?.steps.some(({ run }) => run === 'npm ci && npm test'));
    const { engines } = JSON.parse(projectFile('package.json')) as { engines: { node: string } };
    assert.equal(engines.node, '>=20.19.0');
  });

  it('runs load scenarios that are there', () => {
    const scenarios: string[] = commands.match(/k6\/scenarios\/\S+/g) ?? [];
    assert.ok(scenarios.includes('k6/scenarios/smoke.ts'));
    for (const scenario of scenarios) assert.ok(existsSync(join(ROOT, scenario)), scenario);
  });

  it('builds a target of the bake file, for both platforms, and pushes nothing', () => {
    const [bake] = steps.filter(({ uses }) => uses?.startsWith('docker/bake-action@'));
    const file = projectFile(String(bake?.with?.['files']));
    const [, target = ''] = new RegExp(`target "${bake?.with?.['targets']}" \\{([^}]*)`).exec(file) ?? [];
    assert.match(target, /"linux\/amd64", "linux\/arm64"/);
    assert.equal(bake?.with?.['set'], '*.output=type=cacheonly');
    assert.equal(bake?.with?.['push'], undefined);
  });

  it('pins every action by its commit, and says which version that is', () => {
    const lines = projectFile('.github/workflows/ci.yaml').match(/uses: .*/g) ?? [];
    assert.ok(lines.length > 0);
    for (const line of lines) assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read the code and nothing else, leaves no token in the checkout, and ends', () => {
    assert.deepEqual(permissions, { contents: 'read' });
    assert.ok(concurrency);
    for (const [name, job] of Object.entries(jobs)) {
      assert.equal(job.permissions, undefined, name);
      assert.ok((job['timeout-minutes'] ?? Number.POSITIVE_INFINITY) <= 30, name);
    }
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const checkout of checkouts) assert.equal(checkout.with?.['persist-credentials'], false);
  });
});
