import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { freePort } from '#src/apps/local/src/services';
import { endWithMe } from '../../support/end-with-me.ts';
import { sharedCommand } from '../../support/redis-server.ts';
import { shippedUsers } from '../../support/shipped-redis.ts';
import { until } from '../../support/until.ts';
import { ROOT } from './support/project.ts';

const certificate = (name: string) => join(ROOT, 'test/support/tls', `test-only.${name}`);

describe('redis-tls.conf', () => {
  let folder: string;
  let port: number;
  let ca: string;
  let stop: () => Promise<void>;

  const connected = (username: string, password: string) =>
    new Redis({ host: '127.0.0.1', port, username, password, tls: { ca }, retryStrategy: () => 50 });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-tls-'));
    port = await freePort();
    ca = await readFile(certificate('crt'), 'utf8');
    const { command, args } = sharedCommand();
    const files = ['--tls-cert-file', certificate('crt'), '--tls-key-file', certificate('key')];
    const settings = [
      '--tls-port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--tls-ca-cert-file',
      certificate('crt'),
    ];
    const server = spawn(
      command,
      [...args, 'redis-tls.conf', ...settings, ...files, '--aclfile', await shippedUsers(folder)],
      { cwd: join(ROOT, 'docker/redis'), stdio: 'ignore' },
    );
    endWithMe(server);
    stop = async () => {
      server.kill('SIGTERM');
      if (server.exitCode === null) await once(server, 'exit');
    };
  });
  after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('serves the service over TLS, with the settings of redis.conf', async () => {
    const service = connected('hotshelf', 'the-service');
    service.on('error', () => undefined);
    await until('it answers', async () => (await service.ping()) === 'PONG');
    assert.equal(await service.set('hotshelf:a', 'x', 'PX', 1_000), 'OK');
    service.disconnect();
    const operator = connected('operator', 'the-operator');
    const setting = async (name: string) => ((await operator.config('GET', name)) as string[])[1];
    assert.equal(await setting('maxmemory-policy'), 'volatile-lru');
    assert.equal(await setting('port'), '0');
    operator.disconnect();
  });

  it('answers nothing in the clear', async () => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.write('PING\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    assert.doesNotMatch(heard, /PONG|NOAUTH/);
  });
});
