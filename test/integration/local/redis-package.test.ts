import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { privateRedis } from '#src/apps/local/src/redis/apt/private-redis';

const run = promisify(execFile);

/** What apt and dpkg keep of the system. */
const SYSTEM = ['/var/lib/apt/lists', '/var/cache/apt', '/var/cache/apt/archives', '/var/lib/dpkg'];

describe("the distribution's own Redis package", () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-package-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function systemState(): Promise<unknown[]> {
    const states = [];
    for (const place of SYSTEM) {
      const { mtimeMs } = await stat(place);
      states.push({ place, mtimeMs, names: await readdir(place) });
    }
    return states;
  }

  it('is fetched, unpacked and run without touching the system', async () => {
    const before = await systemState();
    // A hook as some systems have it, to clean the system's cache after an update.
    const hooks = path.join(folder, 'apt.conf');
    await writeFile(hooks, `APT::Update::Post-Invoke { "touch ${folder}/hook-ran"; };\n`);
    process.env.APT_CONFIG = hooks;
    const notes: string[] = [];
    const redis = await privateRedis(path.join(folder, 'redis'), (note) => notes.push(note));
    assert.ok(redis.kind === 'ready', JSON.stringify(redis));
    assert.match(redis.version, /^8\./);
    const { stdout } = await run(redis.command, [...redis.args, '--version']);
    assert.ok(stdout.includes(`v=${redis.version}`));
    assert.equal(notes.length, 1);
    assert.deepEqual(await systemState(), before);
    assert.ok(!(await readdir(folder)).includes('hook-ran'));
    delete process.env.APT_CONFIG;
    await rm(hooks);
  });

  it('is not to be had where neither apt nor a loader could be told its place', async () => {
    for (const name of ['at 12:30', 'a "quoted" one']) {
      const redis = await privateRedis(path.join(folder, name, 'redis'), () => assert.fail('it was fetched'));
      assert.ok(redis.kind === 'unavailable');
      assert.equal(redis.reason, `${path.join(folder, name)}: no Redis can be kept below such a name`);
      await rm(path.join(folder, name), { recursive: true });
    }
  });

  it('is found again by a neighbour, who has nothing to wait for', async () => {
    const redis = await privateRedis(path.join(folder, 'another'), () => assert.fail('it was fetched again'));
    assert.equal(redis.kind, 'ready');
  });

  it('is fetched again where only a part of it is left', async () => {
    const redis = await privateRedis(path.join(folder, 'redis'));
    assert.ok(redis.kind === 'ready');
    const server = redis.args.at(-1) ?? '';
    await rm(server);
    const again = await privateRedis(path.join(folder, 'redis'));
    assert.deepEqual(again, redis);
    assert.ok((await stat(server)).isFile());
  });

  it('leaves nothing behind but itself', async () => {
    const packageFolder = `redis-package-${process.platform}-${process.arch}`;
    assert.deepEqual(await readdir(folder), [packageFolder]);
    assert.ok(!(await readdir(path.join(folder, packageFolder))).includes('scratch'));
  });
});
