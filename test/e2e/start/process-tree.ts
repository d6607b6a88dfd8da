import { execFileSync } from 'node:child_process';
import { until } from '../../support/until.ts';

/** A process that lives. */
export interface LiveProcess {
  readonly pid: number;
  readonly ppid: number;
  /** Its command line. */
  readonly args: string;
}

/** A process and all that it has started, and so on. */
export function processTree(root: number): LiveProcess[] {
  const table = processTable();
  const found = table.filter(({ pid }) => pid === root);
  for (const parent of found) found.push(...table.filter(({ ppid }) => ppid === parent.pid));
  return found;
}

/** Waits until none of these processes is there. */
export function gone(pids: readonly number[]): Promise<void> {
  return until('its processes are gone', () => {
    const live = new Set(processTable().map(({ pid }) => pid));
    return pids.every((pid) => !live.has(pid));
  });
}

/** Sends a signal to a process that may have ended meanwhile. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processTable(): LiveProcess[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, ppid, stat, args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // One that has died and waits to be reaped is gone for all that matters here.
    return pid === undefined || stat?.startsWith('Z') ? [] : [{ pid: Number(pid), ppid: Number(ppid), args }];
  });
}
