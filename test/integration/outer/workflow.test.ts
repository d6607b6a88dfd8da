import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFile, ROOT, yamlFile } from './support/project.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly concurrency: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

// CommonJS that Node cannot name the exports of.
const { validateWorkflow } = createRequire(import.meta.url)('@action-validator/core') as {
  validateWorkflow(text: string): { readonly errors: readonly object[] };
};

const FOLDER = '.github/workflows';
const FILES = readdirSync(join(ROOT, FOLDER));
const WORKFLOWS = Object.fromEntries(
  FILES.map((file) => [file.replace('.yaml', ''), yamlFile<Workflow>(`${FOLDER}/${file}`)]),
) as Readonly<Record<'ci' | 'nightly' | 'codeql' | 'release', Workflow>>;
const JOBS = Object.entries(WORKFLOWS).flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${file}/${name}`, job })),
);
const { scripts, engines } = JSON.parse(projectFile('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

/** What a job may do besides reading the code. */
const PERMITTED: Readonly<Record<string, object>> = {
  'codeql/analyze': { contents: 'read', 'security-events': 'write' },
  'release/image': { contents: 'read', packages: 'write' },
  'release/publish': { contents: 'read', packages: 'write', 'id-token': 'write' },
  'release/notes': { contents: 'write' },
};

const expression = (text: string) => `$\{{ ${text} }}`;
const runsOf = (job: Job | undefined) => (job?.steps ?? []).flatMap(({ run }) => run ?? []).join('\n');
const stepOf = (job: Job | undefined, action: string) =>
  job?.steps.find(({ uses }) => uses?.startsWith(`${action}@`));

describe('every workflow', () => {
  for (const file of FILES) {
    it(`${file} is one that GitHub takes`, () => {
      const { errors } = validateWorkflow(projectFile(`${FOLDER}/${file}`));
      assert.deepEqual(errors, []);
    });

    it(`${file} pins each action by its commit, and names its version`, () => {
      const lines = projectFile(`${FOLDER}/${file}`).match(/uses: .*/g) ?? [];
      assert.ok(lines.length > 0);
      for (const line of lines) {
        assert.match(line, /^uses: [\w-]+\/[\w-]+(?:\/[\w-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    });
  }

  it('pins one action by one commit, whichever file uses it', () => {
    const pins = new Map<string, string>();
    for (const { uses = '' } of JOBS.flatMap(({ job }) => job.steps)) {
      const [action = '', commit = ''] = uses.split('@');
      const [owner = '', repository = ''] = action.split('/');
      if (action === '') continue;
      assert.equal(pins.get(`${owner}/${repository}`) ?? commit, commit, action);
      pins.set(`${owner}/${repository}`, commit);
    }
  });

  it('may read the code, and no job more than it needs', () => {
    for (const [name, { permissions, concurrency }] of Object.entries(WORKFLOWS)) {
      assert.deepEqual(permissions, { contents: 'read' }, name);
      assert.ok(concurrency, name);
    }
    for (const { name, job } of JOBS) assert.deepEqual(job.permissions, PERMITTED[name], name);
  });

  it('leaves no token in a checkout, and ends', () => {
    for (const { name, job } of JOBS) {
      assert.ok((job['timeout-minutes'] ?? Number.POSITIVE_INFINITY) <= 45, name);
      const checkout = stepOf(job, 'actions/checkout');
      if (checkout !== undefined) assert.equal(checkout.with?.['persist-credentials'], false, name);
    }
  });

  it('runs commands and scenarios that exist', () => {
    for (const { name, job } of JOBS) {
      const commands = runsOf(job);
      for (const [, script = ''] of commands.matchAll(/npm run ([\w:-]+)/g)) {
        if (!commands.includes('compose'))
          assert.ok(scripts[script] !== undefined, `${name}: npm run ${script}`);
      }
      const matrix = (job.strategy?.matrix['scenario'] ?? []).map(String);
      const named = [...commands.matchAll(/k6\/run\.sh ([a-z-]+)/g)].map(([, scenario = '']) => scenario);
      for (const scenario of [...matrix, ...named]) {
        assert.ok(existsSync(join(ROOT, `k6/scenarios/${scenario}.ts`)), `${name}: ${scenario}`);
      }
    }
  });

  it('puts no text of a pull request into a shell', () => {
    for (const { name, job } of JOBS)
      assert.doesNotMatch(runsOf(job), /\$\{\{\s*github\.(?:event|head_ref)/, name);
  });
});

describe('CI', () => {
  const { jobs, on } = WORKFLOWS.ci;

  it('tests on the oldest Node that the README promises, on 22 and on 24', () => {
    const { include = [] } = jobs['test']?.strategy?.matrix ?? {};
    assert.deepEqual(include, [
      { node: '20.19', brought: true },
      { node: '22', brought: false },
      { node: '24', brought: false },
    ]);
    assert.equal(engines.node, '>=20.19.0');
    // Without this the scripts would run on the Node that npm ci brings, whatever is set up.
    assert.match(runsOf(jobs['test']), /rm node_modules\/\.bin\/node/);
  });

  it('runs the service, with the packages of production alone, on the oldest Node that production may have', () => {
    const job = jobs['oldest-production'];
    const commands = runsOf(job);
    assert.match(commands, /npm ci --omit=dev/);
    assert.match(commands, /\[ "\$\(node --version\)" = v22\.12\.0 \]/);
    assert.match(commands, /node .*dist\/apps\/api\/src\/main\.js/);
    const set = job?.steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    assert.equal(set?.at(-1)?.with?.['node-version'], '22.12.0');
  });

  it('checks each pull request by the smoke scenario, by what a request costs, and by what it depends on', () => {
    assert.ok('pull_request' in on);
    assert.match(runsOf(jobs['smoke']), /k6\/run\.sh smoke/);
    assert.match(runsOf(jobs['cost']), /npm run check:cost/);
    assert.ok(stepOf(jobs['dependencies'], 'actions/dependency-review-action'));
  });

  it('runs the composition on both architectures', () => {
    assert.deepEqual(jobs['compose']?.strategy?.matrix['runner'], ['ubuntu-24.04', 'ubuntu-24.04-arm']);
  });

  it('builds a target of the bake file for both platforms, and pushes nothing', () => {
    const bake = stepOf(jobs['image'], 'docker/bake-action');
    const file = projectFile(String(bake?.with?.['files']));
    const [, target = ''] = new RegExp(`target "${bake?.with?.['targets']}" \\{([^}]*)`).exec(file) ?? [];
    assert.match(target, /"linux\/amd64", "linux\/arm64"/);
    assert.equal(bake?.with?.['set'], '*.output=type=cacheonly');
    assert.equal(bake?.with?.['push'], undefined);
  });
});

describe('the nightly load', () => {
  const { jobs, on } = WORKFLOWS.nightly;

  it('runs mix, spike and breakpoint every night, at a rate that a shared runner holds', () => {
    assert.ok('schedule' in on);
    assert.deepEqual(jobs['load']?.strategy?.matrix['scenario'], ['mix', 'spike', 'breakpoint']);
    const env = jobs['load']?.steps.find(({ run }) => run?.startsWith('k6/run.sh'))?.env;
    assert.equal(env?.['PROFILE'], 'shared');
    assert.equal(env?.['RATE'], expression("inputs.rate || '1000'"));
  });

  it('keeps the results, and shows the table on the page of the run', () => {
    assert.equal(stepOf(jobs['load'], 'actions/upload-artifact')?.with?.['path'], 'k6/results/');
    assert.match(runsOf(jobs['load']), /\.md >> "\$GITHUB_STEP_SUMMARY"/);
  });
});

describe('a release', () => {
  const { jobs, on } = WORKFLOWS.release;

  it('happens on a tag of a version, and on nothing else', () => {
    assert.deepEqual(on, { push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
  });

  it('builds each platform on a runner of its own architecture, on bases by digest', () => {
    const { include = [] } = jobs['image']?.strategy?.matrix ?? {};
    assert.deepEqual(include, [
      { platform: 'linux/amd64', runner: 'ubuntu-24.04', name: 'amd64' },
      { platform: 'linux/arm64', runner: 'ubuntu-24.04-arm', name: 'arm64' },
    ]);
    const bake = stepOf(jobs['image'], 'docker/bake-action');
    assert.deepEqual(bake?.env, {
      BASE: expression('needs.bases.outputs.base'),
      RUNTIME_BASE: expression('needs.bases.outputs.runtime'),
    });
    assert.match(projectFile('docker/docker-bake.hcl'), /"type=sbom",\s+"type=provenance,mode=max"/);
  });

  it('signs the image without a key, and verifies the signature and the attestations', () => {
    const commands = runsOf(jobs['publish']);
    assert.match(commands, /cosign sign --yes --recursive "\$SIGNED"/);
    assert.match(commands, /cosign verify "\$SIGNED"/);
    assert.match(commands, /\.SBOM/);
    assert.match(commands, /\.Provenance/);
  });

  it('writes its notes from the commits, and fetches all of them', () => {
    assert.equal(stepOf(jobs['notes'], 'actions/checkout')?.with?.['fetch-depth'], 0);
    assert.match(runsOf(jobs['notes']), /node deploy\/release-notes\.ts --to/);
  });
});
