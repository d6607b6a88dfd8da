import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { instructionsOf } from './support/dockerfile.ts';
import { projectFile, ROOT, yamlFile } from './support/project.ts';

interface Service {
  readonly image?: string;
  readonly build?: { context: string; dockerfile: string; target: string; args: Record<string, string> };
  readonly command?: string[];
  readonly profiles?: string[];
  readonly secrets?: string[];
  readonly env_file?: string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: string[];
  readonly ports?: string[];
  readonly healthcheck?: object;
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
  readonly depends_on?: Record<string, { condition: string }>;
}

const FOLDER = join(ROOT, 'docker');
const { services } = yamlFile<{ services: Record<string, Service> }>('docker/compose.yaml');
/** What is up without a profile, and stays up. */
const long = Object.entries(services).filter(
  ([, { command, profiles }]) => profiles === undefined && !/migrate/.test(command?.join() ?? ''),
);
const named = (entries: typeof long) => entries.map(([name]) => name).toSorted();

describe('compose.yaml', () => {
  it('brings up the service with what it needs and what watches it', () => {
    assert.deepEqual(named(long), ['api', 'grafana', 'postgres', 'prometheus', 'redis']);
  });

  it('builds from a stage that there is, with arguments that it takes', () => {
    for (const { build } of Object.values(services)) {
      if (build === undefined) continue;
      const file = join(FOLDER, build.context, build.dockerfile);
      assert.ok(existsSync(file), file);
      assert.notEqual(instructionsOf(build.target, 'FROM').length, 0, build.target);
      for (const argument of Object.keys(build.args)) {
        assert.ok(projectFile('docker/Dockerfile').includes(`\nARG ${argument}=`), argument);
      }
    }
  });

  it('mounts only files that are there', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const files = mounts.map((mount) => mount.split(':')[0] ?? '').filter((path) => path.startsWith('.'));
    assert.ok(files.length >= 5);
    for (const file of files) assert.ok(existsSync(join(FOLDER, file)), file);
  });

  it('migrates, with a file that the build emits, before the service starts', () => {
    const script = services['migrate']?.command?.at(-1) ?? '';
    assert.match(script, /migrate/);
    assert.ok(existsSync(join(ROOT, script)), `${script} is not built`);
    assert.equal(services['api']?.depends_on?.['migrate']?.condition, 'service_completed_successfully');
    assert.equal(services['migrate']?.image, services['api']?.image);
  });

  it('publishes what people look at, to this machine only', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    assert.deepEqual(named(published), ['api', 'api-cluster', 'grafana', 'prometheus']);
    for (const [name, { ports = [] }] of published)
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
  });

  it('has by profiles: a catalogue, load, a Redis Cluster of six, and a collector', () => {
    const profile = (name: string) =>
      named(Object.entries(services).filter(([, { profiles }]) => profiles?.includes(name)));
    assert.deepEqual(profile('seed'), ['seed']);
    assert.deepEqual(profile('load'), ['k6']);
    assert.deepEqual(profile('otel'), ['otel-collector']);
    const nodes = [1, 2, 3, 4, 5, 6].map((n) => `redis-${n}`);
    assert.deepEqual(profile('cluster'), ['api-cluster', ...nodes, 'redis-cluster']);
  });

  it('has no password, and takes each from a file', () => {
    const text = projectFile('docker/compose.yaml');
    assert.doesNotMatch(text, /\$\{[A-Z_]*PASSWORD/);
    for (const line of text.match(/^.*password.*$/gim) ?? [])
      assert.match(line, /#|secrets|_FILE|-password:$|redis-cli/, line);
    assert.match(projectFile('docker/.gitignore'), /^secrets\/$/m);
    assert.match(projectFile('docker/.gitignore'), /^\.env$/m);
  });

  it('runs two workers, with the memory that they may take', () => {
    assert.equal(services['api']?.environment?.['WORKERS'], '2');
    assert.equal(services['api']?.mem_limit, '1536m');
  });

  it('gives the service the time that it may take to stop, and some more', () => {
    const { shutdownDelayMs, shutdownTimeoutMs } = readConfig({
      ...services['api']?.environment,
      DATABASE_URL: 'postgres://x/x',
      DATABASE_URL_FILE: '',
      REDIS_URL_FILE: '',
      API_KEYS: '',
      LOG_LEVEL: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: '',
    }).process;
    const graceMs = 1_000 * Number.parseInt(services['api']?.stop_grace_period ?? '10s', 10);
    assert.ok(graceMs > shutdownDelayMs + shutdownTimeoutMs + 2_000);
  });

  it('bounds the memory of every container', () => {
    for (const [name, { mem_limit: limit }] of Object.entries(services))
      assert.match(limit ?? '', /^\d+[mg]$/, name);
  });

  it('checks the health of every server, by itself or by its image', () => {
    const checked = long.filter(([, { healthcheck }]) => healthcheck !== undefined).map(([name]) => name);
    assert.deepEqual(checked.toSorted(), ['grafana', 'postgres', 'prometheus', 'redis']);
    assert.equal(instructionsOf('runtime', 'HEALTHCHECK').length, 1);
  });

  it('keeps the data where Postgres 18 writes them', () => {
    assert.match(services['postgres']?.image ?? '', /postgres:18\b/);
    assert.deepEqual(services['postgres']?.volumes, ['postgres:/var/lib/postgresql']);
  });
});
