import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { readConfig } from '#libs/config';
import { runCommand } from '../../support/run-command.ts';
import { type ConfiguredRedis, startConfiguredRedis } from './support/configured-redis.ts';
import { ROOT, yamlFile } from './support/project.ts';

interface Service {
  readonly environment?: Record<string, string>;
  readonly env_file?: string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly secrets?: (string | { source: string; target: string })[];
}

const { services, secrets } = yamlFile<{
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
}>('docker/compose.yaml');

const SCRIPT = join(ROOT, 'docker/secrets.sh');

describe('docker/secrets.sh', () => {
  let folder: string;
  let redis: ConfiguredRedis | undefined;
  const run = (...args: string[]) =>
    runCommand(SCRIPT, args, { env: { ...process.env, SECRETS_FOLDER: join(folder, 'secrets') } });
  const read = (name: string) => readFile(join(folder, 'secrets', name), 'utf8');
  /** The settings of a service of the composition, with the files of its secrets here in the place of /run/secrets. */
  const settings = (name: string) => {
    const { environment = {}, secrets = [] } = services[name] ?? {};
    const sources = new Map(
      secrets.map((secret) =>
        typeof secret === 'string' ? [secret, secret] : [secret.target, secret.source],
      ),
    );
    const files = Object.entries(environment).filter(([variable]) => variable.endsWith('_FILE'));
    return Object.fromEntries(
      files.map(([variable, path]) => {
        const source = sources.get(path.replace('/run/secrets/', ''));
        assert.ok(source, `${name} has no secret for ${path}`);
        return [variable, join(folder, 'secrets', source)];
      }),
    );
  };

  /** The health check of the composition, as its container runs it. */
  const checkHealth = (port: number) => {
    const [kind, command = ''] = services['redis']?.healthcheck?.test ?? [];
    assert.equal(kind, 'CMD-SHELL');
    const server = JSON.parse(process.env.TEST_REDIS ?? '{}') as { command: string; args: string[] };
    const client = [server.command, ...server.args].map((part) => part.replace(/redis-server$/, 'redis-cli'));
    const here = command
      .replaceAll('$$', '$')
      .replaceAll('/run/secrets', join(folder, 'secrets'))
      .replace(/\bredis-cli\b/, `${client.join(' ')} -p ${port}`);
    return runCommand('sh', ['-c', here], { env: process.env });
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-secrets-'));
    assert.equal((await run()).code, 0);
  });
  after(async () => {
    await redis?.stop();
    await rm(folder, { recursive: true });
  });

  it('makes each file that the composition names, in a folder that only its owner can list', async () => {
    const named = Object.values(secrets).map(({ file }) => file);
    const made = (await readdir(join(folder, 'secrets'))).map((name) => `secrets/${name}`);
    assert.deepEqual([...new Set(named)].toSorted(), made.toSorted());
    assert.equal((await stat(join(folder, 'secrets'))).mode & 0o777, 0o700);
  });

  it('makes secrets that the service accepts: one Redis, or a cluster of them', async () => {
    const single = readConfig(settings('api'));
    assert.equal(single.redis.server.kind, 'single');
    const cluster = readConfig({ ...settings('api'), ...settings('api-cluster') });
    assert.equal(cluster.redis.server.kind, 'cluster');
    for (const name of ['migrate', 'seed'])
      assert.equal(readConfig(settings(name)).database.url, single.database.url);
    assert.equal(new URL(single.database.url).password, await read('postgres-password'));
  });

  it('passes no secret by the environment of a container, which `docker inspect` shows', () => {
    for (const [name, { environment = {}, env_file: file }] of Object.entries(services)) {
      assert.equal(file, undefined, name);
      for (const variable of ['DATABASE_URL', 'REDIS_URL']) assert.ok(!(variable in environment), name);
    }
  });

  it('makes different passwords, prints none, and leaves them as they are when it runs again', async () => {
    const names = ['postgres-password', 'redis-password', 'redis-operator-password', 'grafana-password'];
    const first = await Promise.all(names.map(read));
    assert.equal(new Set(first).size, 4);
    for (const password of first) assert.match(password, /^[0-9a-f]{48}$/);
    const { code, output } = await run();
    assert.equal(code, 0);
    for (const password of first) assert.ok(!output.includes(password));
    assert.deepEqual(await Promise.all(names.map(read)), first);
  });

  it('refuses a flag that it does not know', async () => {
    assert.equal((await run('--force')).code, 2);
    assert.equal((await run('--help')).code, 0);
  });

  it('gives Redis its users by a file: a client without a login is refused', async () => {
    const password = await read('redis-password');
    redis = await startConfiguredRedis('docker/redis/redis.conf', {
      settings: ['--aclfile', join(folder, 'secrets/redis-users.acl')],
      username: 'hotshelf',
      password,
    });
    assert.equal(await redis.client.ping(), 'PONG');
    const health = await checkHealth(redis.port);
    assert.deepEqual([health.code, health.output.trim()], [0, 'PONG']);
    const stranger = new Redis({ port: redis.port, host: '127.0.0.1', retryStrategy: () => null });
    stranger.on('error', () => {});
    await assert.rejects(stranger.get('x'), /NOAUTH/);
    stranger.disconnect();
    await writeFile(join(folder, 'secrets/redis-password'), 'another');
    assert.notEqual((await checkHealth(redis.port)).code, 0);
    await writeFile(join(folder, 'secrets/redis-password'), password);
  });
});
