import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv } from 'ajv';
import { ensureBuilt } from '../../apps/local/src/build.ts';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { yamlDocuments, yamlFile } from '../integration/outer/support/project.ts';
import { runCommand } from '../support/run-command.ts';
import { type KubernetesObject, objectFaults } from './object-faults.ts';

const USAGE = `npm run check:manifests

Renders both overlays and the chart and validates every object against the schema of its API; has docker-compose read the
composition.

  --help        this text`;
commandLine({ usage: USAGE, options: {} });
if (!(await ensureBuilt())) process.exit(2);
// Imported after the build: it is compiled code.
const { unpackedPackages } = await import('../support/debian-packages.ts');
const { compositionFaults } = await import('./composition.ts');
const { execute } = await import('#src/apps/local/src/processes');

/** Renders both overlays and the chart, and validates every object against the schema of its API. */
const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/k8s/chart');

/** Values that turn every part of the chart on, and those that turn it off. */
const VALUES: Readonly<Record<string, Record<string, unknown>>> = {
  defaults: {},
  everything: {
    image: {
      repository: 'registry.example/hotshelf',
      digest: `sha256:${'a'.repeat(64)}`,
      pullSecrets: ['pull'],
    },
    migrate: { enabled: true, existingSecret: 'hotshelf-migrate' },
    autoscaling: { enabled: true, requestsPerSecond: 5_000 },
    monitoring: { serviceMonitor: true, rules: true, interval: '15s' },
    networkPolicy: { enabled: true, postgresPort: 5432, redisPort: 6379, collectorPort: 4318 },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'arm', operator: 'Exists' }],
    podAnnotations: { note: 'x' },
  },
  least: {
    migrate: { enabled: false },
    autoscaling: { enabled: false },
    networkPolicy: { enabled: false },
    env: {},
  },
};

const isOnPath = async (command: string, args: readonly string[]) =>
  (await execute(command, args, { timeoutMs: 10_000 })).kind === 'ok';

async function kustomized(overlay: string): Promise<string> {
  const folder = join(ROOT, 'deploy/k8s/overlays', overlay);
  const command = (await isOnPath('kustomize', ['version']))
    ? 'kustomize'
    : join(
        await unpackedPackages({ name: 'kustomize', packages: ['kustomize'], suite: 'sid' }),
        'usr/bin/kustomize',
      );
  const { code, output } = await runCommand(command, ['build', folder], {});
  if (code !== 0) throw new Error(output);
  return output;
}

type Render = (values: Record<string, unknown>) => Promise<string>;

/** helm where there is one; else a renderer of our own, compiled from Debian's Go and its template functions. */
async function chartRenderer(scratch: string): Promise<Render> {
  if (await isOnPath('helm', ['version']))
    return (values) => fed('helm', ['template', 'shop', CHART, '--values', '-'], JSON.stringify(values));
  const packages = await unpackedPackages({
    name: 'go-templates',
    packages: [
      'golang-1.19-go',
      'golang-1.19-src',
      'golang-github-masterminds-sprig-dev',
      'golang-gopkg-yaml.v3-dev',
    ],
    suite: 'bookworm',
    dependencies: /^golang-(?:github|golang|gopkg)-.+-dev$/,
  });
  const binary = join(scratch, 'render');
  const { code, output } = await runCommand(
    join(packages, 'usr/lib/go-1.19/bin/go'),
    ['build', '-o', binary, join(import.meta.dirname, 'chart/render.go')],
    {
      env: {
        PATH: process.env.PATH,
        GOROOT: join(packages, 'usr/lib/go-1.19'),
        GOPATH: join(packages, 'usr/share/gocode'),
        GOCACHE: join(scratch, 'go-cache'),
        GO111MODULE: 'off',
        CGO_ENABLED: '0',
        GOFLAGS: '-buildvcs=false',
      },
    },
  );
  if (code !== 0) throw new Error(`the chart's renderer cannot be compiled:\n${output}`);
  const chart = yamlFile<Record<string, string>>('deploy/k8s/chart/Chart.yaml');
  const context = {
    Release: { Name: 'shop', Namespace: 'hotshelf', Service: 'Helm' },
    Chart: { Name: chart['name'], Version: chart['version'], AppVersion: chart['appVersion'] },
  };
  return (values) => fed(binary, [CHART], JSON.stringify({ ...context, Values: values }));
}

async function fed(command: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(errors);
  return output;
}

/** As helm does: objects are merged, everything else is replaced. */
function merged(base: unknown, over: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(base) || !isObject(over)) return over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over))
    result[key] = key in base ? merged(base[key], value) : value;
  return result;
}

let [passed, failed] = [0, 0];
function report(name: string, faults: readonly string[]): void {
  process.stdout.write(
    `${faults.length === 0 ? '✔' : '✖'} ${name}\n${faults.map((fault) => `    ${fault}\n`).join('')}`,
  );
  if (faults.length === 0) passed += 1;
  else failed += 1;
}

async function checkObjects(name: string, rendered: string): Promise<void> {
  const objects = yamlDocuments<KubernetesObject>(rendered);
  const faults = await Promise.all(objects.map(objectFaults));
  report(`${name}: ${objects.length} objects`, faults.flat());
}

const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-manifests-'));
try {
  for (const overlay of ['local', 'production'])
    await checkObjects(`overlay ${overlay}`, await kustomized(overlay));
  const render = await chartRenderer(scratch);
  const defaults = yamlFile('deploy/k8s/chart/values.yaml');
  const schema = new Ajv({ strict: false }).compile(yamlFile<object>('deploy/k8s/chart/values.schema.json'));
  for (const [name, values] of Object.entries(VALUES)) {
    const all = merged(defaults, values) as Record<string, unknown>;
    report(`values ${name}`, schema(all) ? [] : [JSON.stringify(schema.errors)]);
    await checkObjects(`chart with ${name}`, await render(all));
  }
  report('composition, as docker-compose reads it', await compositionFaults());
  for (const [name, from, to] of [
    ['a port on every address', '127.0.0.1:${PROMETHEUS_PORT', '${PROMETHEUS_PORT'],
    ['a container without bounds', /^ {2}pids_limit: 256\n/m, ''],
    ['a key that compose does not have', 'stop_grace_period', 'stop_grace'],
  ] as const) {
    const faults = await compositionFaults((text) => text.replace(from, to));
    report(`composition with ${name} is refused`, faults.length > 0 ? [] : ['it was accepted']);
  }
  const wrong = merged(defaults, { replicas: 0 });
  report('values with a fault are refused', schema(wrong) ? ['replicas: 0 was accepted'] : []);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
