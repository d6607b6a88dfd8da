import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { PackagesUnavailable, type ProgramCommand } from '#src/apps/local/src/debian-packages';
import { type RedisOptions, redisPackage, type StartedRedis, startRedis } from '#src/apps/local/src/redis';
import { Services } from '#src/apps/local/src/services';
import { isRunning, withPrograms } from './support.ts';

/** What apt and dpkg keep of the system. */
const SYSTEM = ['/var/lib/apt/lists', '/var/cache/apt', '/var/cache/apt/archives', '/var/lib/dpkg'];

describe('a Redis of our own', () => {
  let folder = '';
  let packaged: ProgramCommand;
  const services = new Services();
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-redis-'));
    const systemState = async () =>
      Promise.all(SYSTEM.map(async (place) => [(await stat(place)).mtimeMs, await readdir(place)]));
    const untouched = await systemState();
    // A hook as some systems have it, to clean the system's cache after an update.
    const hooks = path.join(folder, 'apt.conf');
    await writeFile(hooks, `APT::Update::Post-Invoke { "touch ${folder}/hook-ran"; };\n`);
    process.env.APT_CONFIG = hooks;
    const found = await redisPackage(folder);
    delete process.env.APT_CONFIG;
    packaged = found;
    assert.deepEqual(await systemState(), untouched);
    const name = `redis-package-${process.platform}-${process.arch}`;
    assert.deepEqual((await readdir(folder)).sort(), ['apt.conf', name]);
    assert.ok(!(await readdir(path.join(folder, name))).includes('scratch'));
  });
  after(async () => {
    await services.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const packagedScript = (args = '"$@"') =>
    `exec ${[packaged.command, ...packaged.args].map((word) => `'${word}'`).join(' ')} ${args}`;

  function started(options: Partial<RedisOptions> = {}): Promise<StartedRedis> {
    return startRedis({ services, home: path.join(folder, 'redis'), ...options });
  }

  async function command(url: string, name: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(url);
    return client.call(name, ...args).finally(() => client.disconnect());
  }

  it('answers on the loopback address alone, keeps nothing on the disk, and is gone when it was stopped', async () => {
    const redis = await started({ args: ['--maxmemory', '7mb'] });
    assert.deepEqual(await command(redis.url, 'CONFIG', 'GET', 'bind'), ['bind', '127.0.0.1']);
    assert.deepEqual(await command(redis.url, 'CONFIG', 'GET', 'maxmemory'), ['maxmemory', '7340032']);
    await command(redis.url, 'SET', 'key', 'value');
    await redis.stop();
    assert.ok(!isRunning(redis.pid));
    assert.deepEqual(await readdir(path.join(folder, 'redis')), ['redis.log']);
  });

  it('says why it did not start, in the words of its log', async () => {
    await assert.rejects(
      started({ args: ['--no-such-directive', 'yes'] }),
      /did not start.*no-such-directive/s,
    );
  });

  it('comes from the PATH if there is one', async () => {
    for (const name of ['redis-server', 'valkey-server'])
      await withPrograms({ [name]: packagedScript() }, async () => {
        const redis = await started();
        assert.equal(redis.source, 'the PATH');
        await redis.stop();
      });
  });

  it("comes from Debian's package if the one on the PATH is too old", async () => {
    const apt = { 'apt-get': 'exit 0' };
    await withPrograms({ 'redis-server': 'echo "Redis server v=6.0.16 sha=0"', ...apt }, async () => {
      const redis = await started();
      assert.equal(redis.source, "Debian's package");
      assert.match(redis.version, /^8\./);
      await redis.stop();
    });
  });

  it('tries another port if another server was faster', async () => {
    const tried = path.join(folder, 'tried');
    const loser = `if [ "$1" != --version ] && ! [ -e '${tried}' ]; then
      : > '${tried}'
      echo "Failed listening on port, bind: Address already in use, aborting."
      exit 1
    fi
    ${packagedScript()}`;
    await withPrograms({ 'redis-server': loser }, async () => {
      const redis = await started();
      assert.equal(await command(redis.url, 'PING'), 'PONG');
      await redis.stop();
    });
  });

  it('is unavailable, for a reason in one line, if apt cannot fetch it', async () => {
    for (const [programs, reason] of [
      [{}, /^apt-get: not found$/],
      [
        { 'apt-get': 'echo gibberish', 'apt-cache': 'echo gibberish' },
        /apt: its sources have no redis-server/,
      ],
      [
        {
          'apt-get':
            'case "$*" in --version) exit 0;; *) echo "E: the mirror is on fire" >&2; exit 100;; esac',
          'apt-cache': 'exit 100',
        },
        /the mirror is on fire/,
      ],
    ] as [Record<string, string>, RegExp][])
      await withPrograms(programs, async () => {
        const starting = started({ home: path.join(folder, 'none/redis') });
        await assert.rejects(starting, (error) => {
          assert.ok(error instanceof PackagesUnavailable);
          assert.match(error.message, reason);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        });
      });
  });
});
