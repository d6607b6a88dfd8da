import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { endOrphan } from '../guard/end-orphan.js';
import { readProcess } from '../guard/process-table.js';

/** How long an orphan may take to write its last checkpoint before it is killed. */
const ORPHAN_STOP_MS = 10_000;

/** More than any system gives to a process. */
const NOBODY = 2 ** 30;

/** What a running Postgres says of itself in its data folder. */
export interface PostmasterFile {
  readonly pid: number;
  readonly ready: boolean;
}

/** Reads postmaster.pid: line 1 is the pid, line 8 the state, as pg_ctl reads it when it waits. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | undefined> {
  try {
    const lines = (await readFile(postmasterFile(data), 'utf8')).split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Clears the way for a start: a Postgres whose starter died (and with it the guard) may still run on our data
 * folder, and is stopped. The caller holds the home, so it is nobody's.
 */
export async function endOrphanedPostmaster(data: string): Promise<void> {
  const found = await readPostmasterFile(data);
  if (found === undefined) return;
  const isOurs = readProcess(found.pid)?.command.includes(`-D ${data} `) === true;
  if (isOurs) await endOrphan(found.pid, { stopSignal: 'SIGINT', stopTimeoutMs: ORPHAN_STOP_MS });
  await disown(data);
}

/**
 * Leaves the file, but with a pid that nobody has. Postgres refuses to start while the pid in it exists, and that may
 * be another program's after a reboot, or a dead postmaster's that nobody reaps. It still has to read the rest: by
 * the shared memory named there it knows whether backends of the dead one are left, which would spoil the data.
 */
async function disown(data: string): Promise<void> {
  const file = postmasterFile(data);
  const [pid, ...rest] = await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  // Stopped in order, it has removed the file.
  if (pid === undefined) return;
  // Killed before it wrote a word it has no backends; Postgres would not go on from an empty file.
  if (pid === '') await rm(file);
  // Over what is there, which is never longer: the file keeps its owner, and is at no time a part of itself.
  else await writeFile(file, [NOBODY, ...rest].join('\n'), { flag: 'r+' });
}

function postmasterFile(data: string): string {
  return path.join(data, 'postmaster.pid');
}
