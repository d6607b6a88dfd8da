import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { endOrphan } from '../guard/end-orphan.js';
import { readProcess } from '../guard/process-table.js';

/** How long an orphan may take to write its last checkpoint before it is killed. */
const ORPHAN_STOP_MS = 10_000;

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
  const alive = readProcess(found.pid);
  // A dead pid is left to Postgres, which also looks whether its backends are gone.
  if (alive === undefined) return;
  if (alive.command.includes(`-D ${data} `)) {
    await endOrphan(found.pid, { stopSignal: 'SIGINT', stopTimeoutMs: ORPHAN_STOP_MS });
  } else {
    // After a reboot the pid may be another program's; Postgres would take it for its own and refuse to start.
    await rm(postmasterFile(data), { force: true });
  }
}

function postmasterFile(data: string): string {
  return path.join(data, 'postmaster.pid');
}
