import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readProcess } from './processes.ts';

/**
 * Makes a folder that is either complete or missing: it is filled under another name and renamed at the end. Of several
 * processes that make the same one at once, the first to finish wins and the others take its work over.
 *
 * @param target the folder. One that exists is left as it is.
 * @param fill puts the contents into the folder that it is given
 */
export async function completeFolder(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await removeAbandoned(target);
  const temporary = await mkdtemp(`${target}.${process.pid}-`);
  try {
    await fill(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

/** Removes the remains of processes that died in the middle. */
async function removeAbandoned(target: string): Promise<void> {
  const parent = path.dirname(target);
  const prefix = `${path.basename(target)}.`;
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || readProcess(Number(pid)) !== undefined) continue;
    await rm(path.join(parent, name), { recursive: true, force: true });
  }
}
