import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { placeCluster } from '#src/apps/local/src/postgres-user';
import { signalProcess } from '#src/apps/local/src/processes';
import { Services } from '#src/apps/local/src/services';
import { childrenOf } from '../../support/child-processes.ts';
import { until } from '../../support/until.ts';
import { isRunning, makePostgresHome, type PostgresHome, query, runStarter, untilGone } from './support.ts';

/** Clusters in the making, far enough to be mistaken for one that is made. */
async function halfMade(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => /^data-18\.\d+-.*PG_VERSION$/.test(file));
}

describe('a Postgres of our own starts', () => {
  let services: Services;
  let home: PostgresHome;

  // One cluster, whatever becomes of its server: making one is what takes long.
  before(async () => {
    home = await makePostgresHome();
  });
  beforeEach(() => {
    services = new Services();
  });
  afterEach(() => services.stop());
  after(() => home.remove());

  /** The command line of its Postgres, stopped again, and what else `spawn` needs to run it without us. */
  async function stoppedServer() {
    const { pid, dataFolder: cwd, stop } = await home.start(services);
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
    await stop();
    const { uid, gid } = await stat(cwd);
    return { words, options: { cwd, uid, gid }, file: path.join(cwd, 'postmaster.pid') };
  }

  const untilServing = (file: string) =>
    until('it serves', async () => (await readFile(file, 'utf8')).includes('ready'));

  it('after it was killed itself', async () => {
    const killed = await home.start(services);
    await query(killed.url, 'CREATE TABLE kept ()');
    process.kill(killed.pid, 'SIGKILL');
    await untilGone(killed.pid);
    const { url } = await home.start(services);
    await query(url, 'SELECT FROM kept');
  });

  it('after its starter was killed', async () => {
    const starter = runStarter({ postgresHome: home.home });
    const [pid = 0] = await starter.started;
    await starter.kill();
    const { url } = await home.start(services);
    assert.ok(!isRunning(pid));
    await query(url, 'SELECT 1');
  });

  it('if an orphaned one still runs on its data', async () => {
    const { words, options, file } = await stoppedServer();
    const [command = '', ...args] = words;
    const orphan = spawn(command, args, { ...options, stdio: 'ignore', detached: true });
    const ended = once(orphan, 'exit');
    await untilServing(file);
    const { url } = await home.start(services);
    assert.deepEqual(await ended, [0, null]);
    await query(url, 'SELECT 1');
  });

  it('where one that was killed still waits to be reaped', async (test) => {
    const { words, options, file } = await stoppedServer();
    // The shell becomes a program that never asks after the child that the shell had.
    const script = '"$@" >/dev/null 2>&1 & exec sleep 60';
    const parent = spawn('/bin/sh', ['-c', script, 'sh', ...words], { ...options, stdio: 'ignore' });
    test.after(() => parent.kill());
    await until('it has begun', () => stat(file).then(() => true));
    await untilServing(file);
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    // It still has its pid.
    process.kill(pid, 0);
    const { url } = await home.start(services);
    await query(url, 'SELECT 1');
  });

  it('not while backends of one that was killed are left, which would spoil the data', async (test) => {
    const killed = await home.start(services);
    const [row] = await query(
      killed.url,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    const backend = Number(row?.['pid']);
    process.kill(backend, 'SIGSTOP');
    test.after(() => signalProcess(backend, 'SIGKILL'));
    process.kill(killed.pid, 'SIGKILL');
    await untilGone(killed.pid);
    await assert.rejects(home.start(services), /pre-existing shared memory block/);
    process.kill(backend, 'SIGKILL');
    const { url } = await home.start(services);
    await query(url, 'SELECT 1');
  });

  it('where the pid of a crashed one now belongs to somebody else', async (test) => {
    const { options, file } = await stoppedServer();
    const { uid, gid } = options;
    const innocent = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    test.after(() => innocent.kill());
    await writeFile(file, `${innocent.pid}\n${options.cwd}\n1\n1\n\n127.0.0.1\n\nready\n`, { mode: 0o600 });
    await chown(file, uid, gid);
    const { url } = await home.start(services);
    await query(url, 'SELECT 1');
    assert.equal(innocent.exitCode, null);
  });

  it('after a first start that was killed in the middle of making the cluster', async (test) => {
    const home = await makePostgresHome();
    test.after(() => home.remove());
    const { folder } = await placeCluster(home.home);
    const starter = runStarter({ postgresHome: home.home });
    await until('a cluster is half made', async () => (await halfMade(folder)).length > 0);
    // No process gets the chance to tidy up: initdb would.
    for (const pid of childrenOf(starter.pid)) process.kill(pid, 'SIGKILL');
    await starter.kill();
    const { url, dataFolder } = await home.start(services);
    assert.equal(path.dirname(dataFolder), folder);
    await query(url, 'SELECT 1');
    assert.deepEqual(await halfMade(folder), []);
  });

  it('not where another starter has the home, and says who that is', async (test) => {
    const starter = runStarter({ postgresHome: home.home });
    test.after(() => starter.kill());
    await starter.started;
    await assert.rejects(home.start(services), new RegExp(`in use by process ${starter.pid}`));
    await starter.kill();
    const { url } = await home.start(services);
    await query(url, 'SELECT 1');
  });
});
