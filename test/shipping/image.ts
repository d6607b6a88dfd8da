import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#src/apps/local/src/services';
import { usageOf } from '../bench/processes/process-usage.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { endWithMe } from '../support/end-with-me.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';
import { type BuiltImage, buildImage } from './build-image.ts';

/**
 * Builds the Dockerfile with buildah from local base images, and runs the result as a container runtime would: its own root
 * file system, read-only, its own user and its own command, against a real Postgres and Redis.
 */
const APPLICATION_LIMIT_BYTES = 60e6;
const READY_LIMIT_MS = 2_000;

/** Whether file systems may be mounted and laid over each other in a namespace of one's own. */
async function mayMount(): Promise<boolean> {
  const overlay =
    'mount -t tmpfs t /mnt && mkdir /mnt/a /mnt/b && mount -t overlay o -o lowerdir=/mnt/a:/mnt/b /mnt/a';
  const tried = await runCommand('unshare', ['--mount', 'sh', '-c', overlay], {}).catch(() => undefined);
  return process.getuid?.() === 0 && tried?.code === 0;
}

/** The image's command in its own read-only root file system. /proc and /dev are those a runtime provides. */
function runConfined({ root, config }: BuiltImage, settings: Readonly<Record<string, string>>): ChildProcess {
  const script = [
    'mount --bind "$0" "$0"',
    'mount -o remount,ro,bind "$0"',
    'mount -t proc proc "$0/proc"',
    'mount --rbind /dev "$0/dev"',
    `exec chroot --userspec=${config.User} "$0" "$@"`,
  ].join(' && ');
  const [program = '', ...args] = config.Cmd;
  const environment = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const inApp = args.map((argument) =>
    argument.startsWith('dist/') ? `${config.WorkingDir}/${argument}` : argument,
  );
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, root, program, ...inApp], {
    // mount and chroot are the machine's, not the image's.
    env: { ...environment, ...settings, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithMe(child);
  return child;
}

interface Start {
  readonly readyMs: number;
  /** What of it the process was computing. */
  readonly cpuMs: number;
}

async function checkRunning(image: BuiltImage): Promise<Start> {
  const redis = await startRedisServer();
  const catalogue = await createCatalogue(3);
  try {
    const port = await freePort();
    const startedAt = performance.now();
    const service = runConfined(image, {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
    });
    let log = '';
    for (const stream of [service.stdout, service.stderr])
      stream?.on('data', (chunk) => {
        log += chunk;
      });
    const address = `http://127.0.0.1:${port}`;
    await until('the container is ready', async () => {
      if (service.exitCode !== null) throw new Error(`it ended:\n${log}`);
      return (await fetch(`${address}/health/ready`)).ok;
    });
    const start = { readyMs: performance.now() - startedAt, cpuMs: usageOf(Number(service.pid)).cpuMs };
    const answer = await fetch(`${address}/products/prod-1`);
    assert.equal(answer.status, 200, log);
    for (const path of ['/docs', '/docs-json', '/metrics', '/health'])
      assert.equal((await fetch(address + path)).status, 200, path);
    service.kill('SIGTERM');
    const [code] = await once(service, 'exit');
    assert.equal(code, 0, log);
    return start;
  } finally {
    await catalogue.drop();
    await redis.stop();
  }
}

function checkContents({ root, config }: BuiltImage): void {
  assert.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(config.StopSignal, 'SIGTERM');
  for (const path of ['bin/sh', 'usr/bin/sh', 'usr/local/bin/npm', 'usr/local/lib/node_modules/npm'])
    assert.equal(existsSync(join(root, path)), false, `${path} is in the image`);
  for (const label of ['licenses', 'source', 'revision', 'version', 'created'])
    assert.ok(config.Labels[`org.opencontainers.image.${label}`], label);
}

if (!(await mayMount())) {
  process.stderr.write(
    'check:image mounts file systems, so it has to run as root, and in a container that allows it.\n',
  );
  process.exit(2);
}
const image = await buildImage();
try {
  checkContents(image);
  const megabytes = (image.applicationBytes / 1e6).toFixed(1);
  assert.ok(image.applicationBytes <= APPLICATION_LIMIT_BYTES, `the application layers have ${megabytes} MB`);
  // The fastest of three. On a machine that has more to do than processors the clock measures its other work, so the
  // process's own time is judged there.
  const starts = [await checkRunning(image), await checkRunning(image), await checkRunning(image)];
  const readyMs = Math.min(...starts.map((start) => start.readyMs));
  const cpuMs = Math.min(...starts.map((start) => start.cpuMs));
  const isBusy = (loadavg()[0] ?? 0) > availableParallelism();
  assert.ok(
    (isBusy ? cpuMs : readyMs) <= READY_LIMIT_MS,
    `ready after ${Math.round(readyMs)} ms, ${cpuMs} of them its own`,
  );
  process.stdout.write(
    `✔ the image: application layers ${megabytes} MB, read-only as ${image.config.User}, ready after ${Math.round(readyMs)} ms (${cpuMs} of them its own), SIGTERM exits with 0\n`,
  );
  process.stdout.write('1 passed, 0 failed\n');
} finally {
  await image.remove();
}
