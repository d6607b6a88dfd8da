// Imports nothing of this project, so that it runs both compiled and, under apps/local/bin, as it stands.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as the operating system's table shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** When it started, in whatever form the system has it: with the pid it names one process for good. */
  readonly startedAt: string;
  readonly command: string;
}

/** The live process with this pid, if any; one that has died and only waits to be reaped is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? readProc(pid) : readPs(pid);
}

/** Whether this very process still lives: a pid alone may have passed to another one. */
export function isAlive(entry: Pick<ProcessEntry, 'pid' | 'startedAt'>): boolean {
  return readProcess(entry.pid)?.startedAt === entry.startedAt;
}

function readProc(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses and may itself hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ppid] = fields;
    const startedAt = fields[19];
    if (startedAt === undefined || state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, ppid: Number(ppid), startedAt, command };
  } catch {
    return undefined;
  }
}

const PS_LINE = /^\s*(?<ppid>\d+)\s+(?<state>\S+)\s+(?<startedAt>(?:\S+\s+){4}\S+)\s+(?<command>.*)$/;

function readPs(pid: number): ProcessEntry | undefined {
  try {
    const columns = 'ppid=,stat=,lstart=,command=';
    const line = execFileSync('ps', ['-o', columns, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const found = PS_LINE.exec(line.trimEnd())?.groups;
    if (found?.['startedAt'] === undefined || found['state']?.startsWith('Z')) return undefined;
    return {
      pid,
      ppid: Number(found['ppid']),
      startedAt: found['startedAt'],
      command: found['command'] ?? '',
    };
  } catch {
    return undefined;
  }
}
