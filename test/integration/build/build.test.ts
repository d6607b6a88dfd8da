import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '../../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COPIED = [
  'apps',
  'libs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'nest-cli.json',
  '.swcrc',
];

describe('npm run build', () => {
  let folder: string;
  const source = () => join(folder, 'libs/errors/src/extra.ts');
  const compiled = () => join(folder, 'dist/libs/errors/src/extra.js');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-build-'));
    for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true }));

  const build = () =>
    runCommand(process.execPath, ['apps/local/bin/build.ts'], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
  const isThere = (file: string) =>
    stat(file).then(
      () => true,
      () => false,
    );

  it('compiles what is new, and is quiet when nothing is', async () => {
    await writeFile(source(), 'export const answer: number = 42;\n');
    assert.deepEqual(await build(), { code: 0, output: 'Building …\n' });
    assert.match(await readFile(compiled(), 'utf8'), /answer = 42/);
    assert.deepEqual(await build(), { code: 0, output: '' });
  });

  it('compiles again what was edited, however old the file claims to be', async () => {
    await writeFile(source(), 'export const answer: number = 43;\n');
    assert.equal((await build()).code, 0);
    assert.match(await readFile(compiled(), 'utf8'), /answer = 43/);
  });

  it('shows what does not compile and fails, as often as it is asked', async () => {
    await writeFile(source(), 'export const answer: = 44;\n');
    for (const attempt of ['first', 'second']) {
      const { code, output } = await build();
      assert.equal(code, 1, attempt);
      assert.match(output, /extra\.ts/);
    }
  });

  it('leaves nothing of a source that was deleted', async () => {
    await writeFile(source(), 'export const answer: number = 45;\n');
    assert.equal((await build()).code, 0);
    await rm(source());
    assert.equal((await build()).code, 0);
    assert.equal(await isThere(compiled()), false);
    assert.equal(await isThere(join(folder, 'dist/apps/api/src/main.js')), true);
  });

  it('works twice at once: one builds, the other waits and finds it done', async () => {
    await writeFile(source(), 'export const answer: number = 46;\n');
    const both = await Promise.all([build(), build()]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(both.filter(({ output }) => output.includes('Building …')).length, 1);
    assert.match(await readFile(compiled(), 'utf8'), /answer = 46/);
  });
});
