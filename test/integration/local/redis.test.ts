import assert from 'node:assert/strict';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Guard, startGuard } from '#src/apps/local/src/guard/start-guard';
import { MIN_MAJOR_VERSION, type ServerCommand } from '#src/apps/local/src/redis/server-command';
import { type RedisOptions, type StartedRedis, startRedis } from '#src/apps/local/src/redis/start-redis';
import { until } from '../../support/until.ts';
import { askRedis, exec, makeRedisHome, packagedServer, withPrograms } from './redis-home.ts';
import { isRunning } from './services.ts';

describe('a Redis of our own', () => {
  let home = '';
  let guard: Guard;
  let packaged: ServerCommand;
  before(async () => {
    packaged = await packagedServer();
    home = await makeRedisHome();
    guard = await startGuard();
  });
  after(async () => {
    await guard.stop();
    await rm(home, { recursive: true, force: true });
  });

  async function started(options: Partial<RedisOptions> = {}): Promise<StartedRedis> {
    const redis = await startRedis({ guard, home, ...options });
    if (redis.kind === 'unavailable') throw new Error(redis.reason);
    return redis;
  }

  /** Where these programs are all that there is, for the guard as well. */
  function startedWith(programs: Record<string, string>) {
    return withPrograms(programs, async () => {
      const ownGuard = await startGuard();
      try {
        const { source, url } = await started({ guard: ownGuard });
        return { source, answer: await askRedis(url, 'PING') };
      } finally {
        await ownGuard.stop();
      }
    });
  }

  it('answers on its address, is new enough, and is gone when it was stopped', async () => {
    const redis = await started();
    assert.equal(await askRedis(redis.url, 'PING'), 'PONG');
    assert.equal(new URL(redis.url).hostname, '127.0.0.1');
    assert.ok(Number.parseInt(redis.version, 10) >= MIN_MAJOR_VERSION, redis.version);
    await redis.stop();
    assert.ok(!isRunning(redis.pid));
  });

  it('listens on the loopback address alone, and keeps nothing on the disk', async () => {
    const redis = await started();
    assert.deepEqual(await askRedis(redis.url, 'CONFIG', 'GET', 'bind'), ['bind', '127.0.0.1']);
    await askRedis(redis.url, 'SET', 'key', 'value');
    await redis.stop();
    assert.deepEqual(await readdir(home), ['redis.log']);
  });

  it('takes more arguments', async () => {
    const redis = await started({ args: ['--maxmemory', '7mb', '--maxmemory-policy', 'allkeys-lru'] });
    assert.deepEqual(await askRedis(redis.url, 'CONFIG', 'GET', 'maxmemory'), ['maxmemory', '7340032']);
    await redis.stop();
  });

  it('does not hold a stop up that comes while it starts, even where it does not hear', async () => {
    const begun = path.join(home, 'begun');
    const deaf = `if [ "$1" = --version ]; then ${exec(packaged)}; fi
    trap '' TERM
    : > '${begun}'
    while :; do /bin/sleep 1; done`;
    await withPrograms({ 'redis-server': deaf }, async () => {
      const ownGuard = await startGuard();
      const starting = assert.rejects(started({ guard: ownGuard }));
      await until('it has begun', () => stat(begun).then(() => true));
      const stoppedAt = performance.now();
      await ownGuard.stop();
      assert.ok(performance.now() - stoppedAt < 3_000);
      await starting;
    });
    await rm(begun);
  });

  it('says why it did not start, in the words of its log', async () => {
    await assert.rejects(
      started({ args: ['--no-such-directive', 'yes'] }),
      /did not start.*no-such-directive/s,
    );
  });

  it('comes from the PATH where there is one', async () => {
    for (const name of ['redis-server', 'valkey-server']) {
      const { source } = await startedWith({ [name]: exec(packaged) });
      assert.equal(source, 'path');
    }
  });

  it('tries another port where somebody else was faster', async () => {
    const tried = path.join(home, 'tried');
    const loser = `if [ "$1" != --version ] && ! [ -e '${tried}' ]; then
      : > '${tried}'
      echo "Failed listening on port, bind: Address already in use, aborting."
      exit 1
    fi
    ${exec(packaged)}`;
    const { answer } = await startedWith({ 'redis-server': loser });
    assert.equal(answer, 'PONG');
    await rm(tried);
  });

  it("comes from the distribution's package where the one on the PATH is too old", async () => {
    await withPrograms({ 'redis-server': 'echo "Redis server v=6.0.16 sha=0"' }, async () => {
      const redis = await started();
      assert.equal(redis.source, 'package');
      assert.match(redis.version, /^8\./);
      await redis.stop();
    });
  });
});
