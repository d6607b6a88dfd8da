import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outsideName, outsideParents, ownFolder } from './outside-folder.js';
import { canEnter } from './reach.js';
import { type RunAs, whoRuns } from './run-as.js';

/** Where a cluster lies and who runs it. */
export interface ClusterPlace {
  /** What the caller named: password, logs and lock are here in any case. */
  readonly home: string;
  /** Holds the data folder: `home` itself, or a folder outside where Postgres' user can't reach `home`. */
  readonly folder: string;
  readonly data: string;
  readonly runAs: RunAs;
}

/** One data folder per major version: a cluster of another one can't be read, and is left as it is. */
const DATA = 'data-18';

/**
 * Decides where the cluster of this home lies, and makes the folders around it.
 *
 * @param home made if missing
 * @throws where no folder can be had that Postgres' user reaches
 */
export async function placeCluster(home: string): Promise<ClusterPlace> {
  await mkdir(home, { recursive: true });
  const inside = path.join(home, DATA);
  const runAs = await whoRuns(inside);
  if (runAs.kind === 'self') await assertWritable(home, inside);
  if (runAs.kind === 'self' || (await canEnter(home, runAs)))
    return { home, folder: home, data: inside, runAs };
  const parents = await outsideParents();
  for (const parent of parents) {
    const folder = path.join(parent, await outsideName(home));
    const data = path.join(folder, DATA);
    await ownFolder(folder);
    // For whoever finds the folder and wonders whether it may go.
    await writeFile(path.join(folder, 'belongs-to'), `${home}\n`);
    const owner = await whoRuns(data);
    if (await canEnter(folder, owner)) return { home, folder, data, runAs: owner };
  }
  throw new Error(
    `Postgres does not run as root, and ${runAs.name} can't enter ${[home, ...parents].join(' or ')}`,
  );
}

/** Whether a cluster is there. It appears by a rename when it is complete, so the folder itself tells. */
export async function hasCluster({ data }: ClusterPlace): Promise<boolean> {
  try {
    return (await stat(data)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** After a start as root, say, neither the home nor the data need be this user's. */
async function assertWritable(home: string, data: string): Promise<void> {
  const mayWrite = await access(home, constants.W_OK).then(
    () => true,
    () => false,
  );
  const owner = (await stat(data).catch(() => undefined))?.uid ?? process.getuid?.();
  if (mayWrite && owner === process.getuid?.()) return;
  throw new Error(`${home} belongs to another user: start as that user, or remove it, or set DATABASE_URL`);
}
