import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ownFolder } from '#src/apps/local/src/postgres/outside-folder';

describe('a folder in a place where everybody may write', () => {
  let shared = '';
  before(async () => {
    shared = await mkdtemp(path.join(tmpdir(), 'hotshelf-shared-'));
  });
  after(() => rm(shared, { recursive: true, force: true }));

  it('is made so that others may pass through, whatever the umask, and is found again', async () => {
    const folder = path.join(shared, 'new');
    const umask = process.umask(0o077);
    await ownFolder(folder).finally(() => process.umask(umask));
    assert.equal((await stat(folder)).mode & 0o777, 0o755);
    await ownFolder(folder);
  });

  it('is refused where a link lies in its place', async () => {
    const link = path.join(shared, 'link');
    await symlink(shared, link);
    await assert.rejects(ownFolder(link), /link can't be trusted: it is no folder/);
  });

  it('is refused where others may write to it', async () => {
    const folder = path.join(shared, 'open');
    await mkdir(folder);
    await chmod(folder, 0o777);
    await assert.rejects(ownFolder(folder), /others may write to it/);
  });

  it('is refused where it belongs to somebody else', async () => {
    const folder = process.getuid?.() === 0 ? path.join(shared, 'foreign') : '/usr';
    if (folder !== '/usr') {
      await mkdir(folder);
      await chown(folder, 65_534, 65_534);
    }
    await assert.rejects(ownFolder(folder), /it belongs to uid/);
  });
});
