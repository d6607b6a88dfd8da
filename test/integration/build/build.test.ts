import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gone, processTree } from '../../e2e/start/process-tree.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';

const NEST = /nest\.js build/;
const LONG_AGO = new Date('2020-01-01');
const ROOT = join(import.meta.dirname, '../../..');
const COPIED = ['apps', 'libs', 'package.json', 'package-lock.json', 'tsconfig.json', '.swcrc'];
/** Of the projects, the largest and the one that changes: all of them are built before any test. */
const BUILT = ['api', 'errors'];

describe('npm run build', () => {
  let folder: string;
  const source = () => join(folder, 'libs/errors/src/extra.ts');
  const compiled = () => join(folder, 'dist/libs/errors/src/extra.js');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-build-'));
    for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    const cli = JSON.parse(await readFile(join(ROOT, 'nest-cli.json'), 'utf8'));
    const projects = Object.fromEntries(BUILT.map((name) => [name, cli.projects[name]]));
    await writeFile(join(folder, 'nest-cli.json'), JSON.stringify({ ...cli, projects }));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true }));

  const build = () =>
    runCommand(process.execPath, ['apps/local/src/build.ts'], {
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
    await utimes(source(), LONG_AGO, LONG_AGO);
    assert.equal((await build()).code, 0);
    assert.match(await readFile(compiled(), 'utf8'), /answer = 43/);
  });

  it('leaves nothing of a source that was deleted', async () => {
    await rm(source());
    assert.equal((await build()).code, 0);
    assert.equal(await isThere(compiled()), false);
    assert.equal(await isThere(join(folder, 'dist/apps/api/src/main.js')), true);
  });

  it('shows what does not compile and fails, as often as it is asked', async () => {
    await writeFile(source(), 'export const answer: = 44;\n');
    for (const attempt of ['first', 'second']) {
      const { code, output } = await build();
      assert.equal(code, 1, attempt);
      assert.match(output, /extra\.ts/);
    }
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

  /** Begins to build through npm, and waits for the compiler: to be called where something is new. */
  async function compiling(): Promise<{ npm: number; node: number; pids: number[] }> {
    const npm = spawn('npm', ['run', 'build'], { cwd: folder, stdio: 'ignore' }).pid ?? 0;
    const tree = () => processTree(npm);
    const node = () => tree().find(({ args }) => /^node .*src\/build\.ts$/.test(args));
    await until('it compiles', () =>
      tree().some(({ ppid, args }) => ppid === node()?.pid && NEST.test(args)),
    );
    return { npm, node: node()?.pid ?? 0, pids: tree().map(({ pid }) => pid) };
  }

  it('ends when npm is killed, and its compiler with it', async () => {
    await writeFile(source(), 'export const answer: number = 47;\n');
    const { npm, pids } = await compiling();
    process.kill(npm, 'SIGKILL');
    await gone(pids);
    assert.equal(await isThere(join(folder, 'dist/.fingerprint')), false);
  });

  it('takes its compiler with it when it is killed itself', async () => {
    const { node, pids } = await compiling();
    process.kill(node, 'SIGKILL');
    await gone(pids);
    // How far the compiler came is a matter of moments: that the build is not finished is what it leaves.
    assert.equal(await isThere(join(folder, 'dist/.fingerprint')), false);
  });

  it('says in one line what cannot be written', async () => {
    const stamp = join(folder, 'dist/.fingerprint');
    await mkdir(stamp, { recursive: true });
    const noDist = await build();
    assert.equal(noDist.code, 1);
    assert.match(noDist.output, new RegExp(`^Building …\\n.*${folder}/dist/\\.fingerprint.*\\n$`));
    await rm(join(folder, '.hotshelf'), { recursive: true });
    await writeFile(join(folder, '.hotshelf'), '');
    const noState = await build();
    assert.equal(noState.code, 1);
    assert.match(noState.output, new RegExp(`^.*${folder}/\\.hotshelf.*\\n$`));
  });
});
