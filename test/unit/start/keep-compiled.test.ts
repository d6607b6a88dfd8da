import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

const MODULE = new URL('../../../dist/apps/api/src/keep-compiled.js', import.meta.url).href;

describe('the keeping of compiled code', () => {
  let home: string;
  let program: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'hotshelf-compiled-'));
    program = join(home, 'program.mjs');
    writeFileSync(program, 'export const answer = 42;');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** Runs the program in a process that keeps what it compiles. @returns what that says of it */
  const run = (folder: string): { kept: boolean; answer: number } => {
    const text = `
      import { keepCompiled } from '${MODULE}';
      const kept = keepCompiled(${JSON.stringify(folder)});
      const { answer } = await import('${pathToFileURL(program).href}');
      console.log(JSON.stringify({ kept, answer }));
      process.exit(0);`;
    const { PATH } = process.env;
    const args = ['--input-type=module', '--eval', text];
    return JSON.parse(execFileSync(process.execPath, args, { env: { PATH }, encoding: 'utf8' }));
  };
  const filesIn = (folder: string) => readdirSync(folder, { recursive: true }).length;

  it('writes it into a folder of its own that nobody else may write, when the process ends', () => {
    const folder = join(home, 'kept');
    assert.deepEqual(run(folder), { kept: true, answer: 42 });
    assert.ok(filesIn(folder) >= 2);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(run(folder), { kept: true, answer: 42 });
  });

  it('does without where the folder can not be made', () => {
    for (const folder of ['/proc/nothing/kept', join(program, 'kept'), join(home, 'nothing', 'kept')]) {
      assert.deepEqual(run(folder), { kept: false, answer: 42 }, folder);
    }
    assert.equal(existsSync(join(home, 'nothing')), false);
  });

  it('leaves a folder alone into which others may write, since what lies there is run', () => {
    const folder = join(home, 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    assert.deepEqual(run(folder), { kept: false, answer: 42 });
    assert.equal(filesIn(folder), 0);
  });

  it('starts all the same where a file has the name of the folder', () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    assert.deepEqual(run(file), { kept: false, answer: 42 });
  });
});
