import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from './support/project.ts';

const SCRIPT = join(ROOT, 'docker/redis/make-users.sh');

describe('make-users.sh', () => {
  let folder: string;
  let files: string[];

  const run = (args: readonly string[], prefix?: string) =>
    spawnSync(SCRIPT, args, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...(prefix !== undefined && { PREFIX: prefix }) },
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-users-'));
    files = ['service', 'operator'].map((name) => join(folder, name));
    for (const file of files) await writeFile(file, `password of ${file}\n`);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('writes hashes, and no password', () => {
    const { status, stdout } = run(files);
    assert.equal(status, 0);
    for (const file of files) {
      const password = `password of ${file}`;
      assert.ok(stdout.includes(` #${createHash('sha256').update(password).digest('hex')} `));
      assert.ok(!stdout.includes(password));
    }
    assert.match(stdout, /^user hotshelf on #[0-9a-f]{64} resetkeys ~hotshelf:\* /m);
    assert.doesNotMatch(stdout, /@[A-Z]/);
  });

  it('gives the service the keys of its own prefix alone, which can be no more than that', () => {
    assert.match(run(files, 'shop:eu:').stdout, /resetkeys ~shop:eu:\* resetchannels/);
    for (const prefix of ['', '*', 'a b', 'a +@all', 'a/b']) {
      const { status, stdout, stderr } = run(files, prefix);
      // Empty is unset.
      if (prefix === '') assert.match(stdout, /~hotshelf:\*/);
      else assert.deepEqual([status, stdout, /PREFIX must be/.test(stderr)], [2, '', true], prefix);
    }
  });

  it('refuses an empty password, and prints its usage', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    assert.deepEqual([run([empty, files[1] ?? '']).status, run([empty, files[1] ?? '']).stdout], [2, '']);
    assert.equal(run(['--help']).status, 0);
    assert.match(run(['--help']).stdout, /hashed passwords/);
    assert.equal(run([]).status, 2);
  });
});
