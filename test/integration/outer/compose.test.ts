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
const long = Object.entries(services).filter(
  ([, { command }]) => !/migrate|seed/.test(command?.join() ?? ''),
);

describe('compose.yaml', () => {
  it('brings up the service with what it needs and what watches it', () => {
    assert.deepEqual(long.map(([name]) => name).toSorted(), ['api', 'postgres', 'prometheus', 'redis']);
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
    assert.ok(files.length >= 3);
    for (const file of files) assert.ok(existsSync(join(FOLDER, file)), file);
  });

  it('migrates, with a file that the build emits, before the service starts', () => {
    const script = services['migrate']?.command?.at(-1) ?? '';
    assert.match(script, /migrate/);
    assert.ok(existsSync(join(ROOT, script)), `${script} is not built`);
    assert.equal(services['api']?.depends_on?.['migrate']?.condition, 'service_completed_successfully');
    assert.equal(services['migrate']?.image, services['api']?.image);
  });

  it('publishes the service alone, and the metrics to this machine only', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    assert.deepEqual(published.map(([name]) => name).toSorted(), ['api', 'prometheus']);
    assert.ok(services['prometheus']?.ports?.every((port) => port.startsWith('127.0.0.1:')));
  });

  it('has no password, nor a default for one', () => {
    const text = projectFile('docker/compose.yaml');
    const uses = text.match(/\$\{[A-Z_]*PASSWORD[^}]*\}/g) ?? [];
    assert.ok(uses.length >= 4);
    for (const use of uses) assert.match(use, /^\$\{[A-Z]+_PASSWORD:\?/);
    assert.match(projectFile('docker/.env.example'), /^POSTGRES_PASSWORD=\nREDIS_PASSWORD=\n$/m);
    assert.match(projectFile('docker/.gitignore'), /^\.env$/m);
  });

  it('gives the service the time that it may take to stop, and some more', () => {
    const { shutdownDelayMs, shutdownTimeoutMs } = readConfig({
      ...services['api']?.environment,
      DATABASE_URL: 'postgres://x/x',
      REDIS_URL: '',
      API_KEYS: '',
      LOG_LEVEL: 'info',
    }).process;
    const graceMs = 1_000 * Number.parseInt(services['api']?.stop_grace_period ?? '10s', 10);
    assert.ok(graceMs > shutdownDelayMs + shutdownTimeoutMs + 2_000);
  });

  it('bounds the memory of every container', () => {
    for (const [name, { mem_limit: limit }] of Object.entries(services))
      assert.match(limit ?? '', /^\d+m$/, name);
  });

  it('checks the health of every server, by itself or by its image', () => {
    const checked = long.filter(([, { healthcheck }]) => healthcheck !== undefined).map(([name]) => name);
    assert.deepEqual(checked.toSorted(), ['postgres', 'prometheus', 'redis']);
    assert.equal(instructionsOf('runtime', 'HEALTHCHECK').length, 1);
  });

  it('keeps the data where Postgres 18 writes them', () => {
    assert.match(services['postgres']?.image ?? '', /postgres:18\b/);
    assert.deepEqual(services['postgres']?.volumes, ['postgres:/var/lib/postgresql']);
  });
});
