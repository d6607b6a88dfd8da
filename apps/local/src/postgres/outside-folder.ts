import { createHash } from 'node:crypto';
import { access, chmod, constants, lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/** Where folders outside the project may lie on this machine: what survives a reboot first. */
export async function outsideParents(): Promise<string[]> {
  const writable: string[] = [];
  for (const parent of new Set(['/var/tmp', tmpdir()])) {
    await access(parent, constants.W_OK).then(
      () => writable.push(parent),
      () => undefined,
    );
  }
  return writable;
}

/** A name for what belongs to one home, the same at every start and no other home's. */
export async function outsideName(home: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(home))
    .digest('hex');
  return `hotshelf-${hash.slice(0, 12)}`;
}

/**
 * Makes sure of a folder in a place where everybody may write, such as /var/tmp: made by us, or found and safe to
 * trust.
 *
 * @throws where somebody else could have put something in its place, or into it
 */
export async function ownFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
    // Whatever our umask: the user that Postgres runs as has to pass through.
    await chmod(folder, 0o755);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await assertOurs(folder);
}

/** @throws where the folder is a link, belongs to somebody else, or others may write to it */
export async function assertOurs(folder: string): Promise<void> {
  const found = await lstat(folder);
  const fault = !found.isDirectory()
    ? 'it is no folder'
    : found.uid !== process.getuid?.()
      ? `it belongs to uid ${found.uid}`
      : (found.mode & 0o022) !== 0
        ? 'others may write to it'
        : undefined;
  if (fault !== undefined)
    throw new Error(`${folder} can't be trusted: ${fault}. Remove it and start again.`);
}
