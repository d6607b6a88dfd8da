import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: a constant of the Linux ABI whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system time so far, in milliseconds. */
  readonly cpuMs: number;
  readonly residentMib: number;
}

/** What a process and all that it started have used, by the operating system's account (Linux). */
export function usageOf(pid: number): Usage {
  const all = processTree(pid).map(usageOfOne);
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentMib: all.reduce((sum, { residentMib }) => sum + residentMib, 0),
  };
}

/** @returns the process itself first, then those below it */
export function processTree(pid: number): number[] {
  const tasks = orEmpty(() => readdirSync(`/proc/${pid}/task`));
  const children = tasks.flatMap((task) => {
    const text = orEmpty(() => [readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')]);
    return (text[0] ?? '').split(' ').filter(Boolean).map(Number);
  });
  return [pid, ...children.flatMap(processTree)];
}

function usageOfOne(pid: number): Usage {
  const stat = orEmpty(() => [readFileSync(`/proc/${pid}/stat`, 'utf8')])[0] ?? '';
  // The name, in brackets, may hold anything; the fields are counted from behind it, the state first.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  const status = orEmpty(() => [readFileSync(`/proc/${pid}/status`, 'utf8')])[0] ?? '';
  return {
    cpuMs: ((user + system + endedUser + endedSystem) * 1_000) / TICKS_PER_SECOND,
    residentMib: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024,
  };
}

/** A process may end while it is looked at. */
function orEmpty(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
