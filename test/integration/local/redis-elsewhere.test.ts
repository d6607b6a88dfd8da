import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startGuard } from '#src/apps/local/src/guard/start-guard';
import { startRedis } from '#src/apps/local/src/redis/start-redis';
import { askRedis, exec, packagedServer, withPrograms } from './redis-home.ts';

describe('on a machine without Redis, and without apt that could fetch it', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-no-redis-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What comes of a start where these programs are all that there is. The guard sees the same machine. */
  function startWith(programs: Record<string, string>) {
    return withPrograms(programs, async () => {
      const guard = await startGuard();
      try {
        const redis = await startRedis({ guard, home: path.join(folder, 'redis') });
        return { redis, answer: redis.kind === 'started' ? await askRedis(redis.url, 'PING') : undefined };
      } finally {
        await guard.stop();
      }
    });
  }

  async function assertUnavailable(programs: Record<string, string>, reason: RegExp): Promise<void> {
    const { redis } = await startWith(programs);
    assert.ok(redis.kind === 'unavailable');
    assert.match(redis.reason, reason);
    assert.doesNotMatch(redis.reason + redis.install, /\n/);
    assert.match(redis.install, /^Install Redis 7 or newer .*REDIS_URL/);
  }

  it('one line says what was looked for, and one what to install', async () => {
    await assertUnavailable(
      {},
      /redis-server: not found, valkey-server: not found; no apt here; docker: not found/,
    );
  });

  it('an apt that talks nonsense is no Redis', async () => {
    await assertUnavailable(
      { 'apt-get': 'echo gibberish', 'apt-cache': 'echo gibberish' },
      /no redis-server/,
    );
  });

  it('an apt that can not fetch says so in its own words', async () => {
    const failing = 'case "$*" in *update*) echo "E: the mirror is on fire" >&2; exit 100;; esac';
    await assertUnavailable({ 'apt-get': failing, 'apt-cache': 'exit 100' }, /the mirror is on fire/);
  });

  it('a Docker client whose engine is away, or never answers, is no Redis', async () => {
    const away = 'echo; echo "Cannot connect to the Docker daemon" >&2; exit 1';
    await assertUnavailable({ docker: away }, /Cannot connect to the Docker daemon/);
    await assertUnavailable({ docker: 'exec /bin/sleep 600' }, /docker: no answer in time/);
  });

  it('a Docker engine runs one, reachable from here alone, that leaves no container', async () => {
    const asked = path.join(folder, 'asked');
    const server = exec(await packagedServer(), '--port "$port" --save ""');
    // No engine can be had for a test: this stands in for it, and takes the published port from its arguments.
    const docker = `case $1 in
      info) echo 28.0.0;;
      run) echo "$*" > '${asked}'; port=\${*#*127.0.0.1:}; port=\${port%%:*}; ${server};;
    esac`;
    const { redis, answer } = await startWith({ docker });
    assert.equal(redis.kind === 'started' && redis.source, 'docker');
    assert.equal(answer, 'PONG');
    assert.match(
      await readFile(asked, 'utf8'),
      /^run --rm .*--publish 127\.0\.0\.1:\d+:6379 redis:8 redis-server .*--save {2}--appendonly no/,
    );
  });
});
