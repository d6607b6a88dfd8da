import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Guard, startGuard } from '#src/apps/local/src/guard/start-guard';
import { placeCluster } from '#src/apps/local/src/postgres/cluster-place';
import { until } from '../../support/until.ts';
import { ask, makeHome, type PostgresHome } from './postgres-home.ts';
import { childrenOf, guardOf, isRunning, untilGone } from './services.ts';
import { runStarter } from './starter-process.ts';

/** Clusters in the making, far enough to be mistaken for one that is made. */
async function halfMade(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => /^initdb-.*PG_VERSION$/.test(file));
}

describe('a Postgres of our own starts', () => {
  let guard: Guard;
  let home: PostgresHome;

  beforeEach(async () => {
    guard = await startGuard();
    home = await makeHome();
  });
  afterEach(async () => {
    await guard.stop();
    await home.remove();
  });

  it('after it was killed itself', async () => {
    const killed = await home.start(guard);
    await ask(killed.url, 'CREATE TABLE kept ()');
    process.kill(killed.pid, 'SIGKILL');
    await untilGone(killed.pid);
    const { url } = await home.start(guard);
    await ask(url, 'SELECT FROM kept');
  });

  it('after its starter and its guard were killed', async () => {
    const starter = runStarter({ services: [], postgresHome: home.home });
    const [pid] = (await starter.started).pids;
    assert.ok(pid !== undefined);
    process.kill(guardOf(pid), 'SIGKILL');
    await starter.kill();
    const { url } = await home.start(guard);
    assert.ok(!isRunning(pid));
    await ask(url, 'SELECT 1');
  });

  it('where one that nobody owns any more still runs on its data', async () => {
    const { pid, dataFolder, stop } = await home.start(guard);
    const [command = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
    await stop();
    const { uid, gid } = await stat(dataFolder);
    const orphan = spawn(command, args, { cwd: dataFolder, uid, gid, stdio: 'ignore', detached: true });
    const ended = once(orphan, 'exit');
    await until('the orphan serves', async () =>
      (await readFile(path.join(dataFolder, 'postmaster.pid'), 'utf8')).includes('ready'),
    );
    const { url } = await home.start(guard);
    assert.deepEqual(await ended, [0, null]);
    await ask(url, 'SELECT 1');
  });

  it('where the pid of a crashed one now belongs to somebody else', async (test) => {
    const { dataFolder, stop } = await home.start(guard);
    await stop();
    const { uid, gid } = await stat(dataFolder);
    const innocent = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    test.after(() => innocent.kill());
    const file = path.join(dataFolder, 'postmaster.pid');
    await writeFile(file, `${innocent.pid}\n${dataFolder}\n1\n1\n\n127.0.0.1\n\nready\n`, { mode: 0o600 });
    await chown(file, uid, gid);
    const { url } = await home.start(guard);
    await ask(url, 'SELECT 1');
    assert.equal(innocent.exitCode, null);
  });

  it('after a first start that was killed in the middle of making the cluster', async () => {
    const { folder } = await placeCluster(home.home);
    const starter = runStarter({ services: [], postgresHome: home.home });
    await until('a cluster is half made', async () => (await halfMade(folder)).length > 0);
    // No process gets the chance to tidy up: initdb would.
    const [guardPid] = childrenOf(starter.pid);
    assert.ok(guardPid !== undefined);
    for (const pid of [...childrenOf(guardPid), guardPid]) process.kill(pid, 'SIGKILL');
    await starter.kill();
    assert.notDeepEqual(await halfMade(folder), []);
    const { url, dataFolder } = await home.start(guard);
    assert.equal(path.dirname(dataFolder), folder);
    await ask(url, 'SELECT 1');
    assert.deepEqual(await halfMade(folder), []);
  });

  it('not where another starter has the home, and says who that is', async (test) => {
    const starter = runStarter({ services: [], postgresHome: home.home });
    test.after(() => starter.kill());
    await starter.started;
    await assert.rejects(home.start(guard), new RegExp(`in use by process ${starter.pid} \\(.*starter\\.ts`));
    await starter.kill();
    const { url } = await home.start(guard);
    await ask(url, 'SELECT 1');
  });
});
