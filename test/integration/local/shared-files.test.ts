import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { completeFolder } from '#src/apps/local/src/processes';

/** More than any system gives to a process. */
const NO_PID = 2 ** 30;

describe('a folder that is complete or not there', () => {
  let parent = '';
  let target = '';
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'hotshelf-complete-'));
    target = path.join(parent, 'target');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const fillWith = (text: string) => (folder: string) => writeFile(path.join(folder, 'file'), text);

  it('does not appear before it is filled', async () => {
    await completeFolder(target, async (folder) => {
      await fillWith('x')(folder);
      assert.ok(!(await readdir(parent)).includes('target'));
    });
    assert.equal(await readFile(path.join(target, 'file'), 'utf8'), 'x');
  });

  it('does not appear where filling it fails, nor does anything else', async () => {
    const failing = completeFolder(target, async (folder) => {
      await fillWith('half')(folder);
      throw new Error('the disk is full');
    });
    await assert.rejects(failing, /the disk is full/);
    assert.deepEqual(await readdir(parent), []);
  });

  it('is the work of the first to finish where two make it at once', async () => {
    const slow = Promise.withResolvers<void>();
    const second = completeFolder(target, async (folder) => {
      await slow.promise;
      await fillWith('second')(folder);
    });
    await completeFolder(target, fillWith('first'));
    slow.resolve();
    await second;
    assert.equal(await readFile(path.join(target, 'file'), 'utf8'), 'first');
    assert.deepEqual(await readdir(parent), ['target']);
  });

  it('does away with what makers who died have left, not with what others are making', async () => {
    await mkdir(`${target}.${NO_PID}-abc`);
    await mkdir(`${target}.${process.ppid}-abc`);
    await completeFolder(target, fillWith('x'));
    assert.deepEqual((await readdir(parent)).sort(), ['target', `target.${process.ppid}-abc`]);
  });
});
