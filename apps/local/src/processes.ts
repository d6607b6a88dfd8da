import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A process as the operating system's table shows it. */
interface ProcessEntry {
  readonly ppid: number;
  readonly command: string;
}

/** The live process with this pid, if any. A zombie does not count. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return process.platform === 'linux' ? readProc(pid) : readPs(pid);
  } catch {
    return undefined;
  }
}

function readProc(pid: number): ProcessEntry | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the name in parentheses and may itself hold blanks and parentheses.
  const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return { ppid: Number(ppid), command };
}

function readPs(pid: number): ProcessEntry | undefined {
  const args = ['-o', 'ppid=,stat=,command=', '-p', String(pid)];
  const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [ppid, state, ...command] = line.trim().split(/\s+/);
  return state?.startsWith('Z') ? undefined : { ppid: Number(ppid), command: command.join(' ') };
}

/** Sends a signal to a process, or with a negative pid to its group; that it is gone already is no fault. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // For a group of zombies macOS answers EPERM.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && !(pid < 0 && code === 'EPERM')) throw error;
  }
}

const NPM = /(?:^|[/\s])npm(?:-cli\.js)?(?:\s|$)/;

/**
 * Sends this process a SIGHUP, as a terminal that goes away does, soon after the npm that started it, or the shell
 * between the two, has died: `kill -9` of npm would otherwise leave it running. Without npm it watches nothing.
 *
 * Called first of all: an npm that dies during the build cannot be found afterwards.
 */
export function hangUpWithNpm(): void {
  const { ppid } = process;
  const parent = readProcess(ppid);
  const shellOfNpm = parent !== undefined && !NPM.test(parent.command) ? parent : undefined;
  const npm = shellOfNpm === undefined ? parent : readProcess(shellOfNpm.ppid);
  if (npm === undefined || !NPM.test(npm.command)) return;
  const timer = setInterval(() => {
    // The child of a process that has died gets another parent.
    const isOrphan = process.ppid !== ppid || (shellOfNpm && readProcess(ppid)?.ppid !== shellOfNpm.ppid);
    if (isOrphan) process.kill(process.pid, 'SIGHUP');
  }, 250);
  timer.unref();
}

export type Execution = { kind: 'ok'; stdout: string } | { kind: 'failed'; reason: string };

/**
 * Runs a short program to its end. A program that is missing, fails or takes too long is an outcome, not an error: the
 * callers probe this machine.
 *
 * @param options.timeoutMs after which it is killed
 * @returns its output, or in one line why there is none
 */
export async function execute(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; cwd?: string; uid?: number; gid?: number; env?: NodeJS.ProcessEnv },
): Promise<Execution> {
  const { timeoutMs: timeout, ...rest } = options;
  try {
    const limits = { timeout, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const;
    const { stdout } = await promisify(execFile)(command, args, { ...limits, ...rest });
    return { kind: 'ok', stdout };
  } catch (error) {
    return { kind: 'failed', reason: `${command}: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  const { code, killed, stderr = '', message } = error as NodeJS.ErrnoException & Record<string, string>;
  // EACCES: a name that is nowhere, on a PATH with a folder that this user cannot enter.
  if (code === 'ENOENT' || code === 'EACCES') return 'not found';
  if (killed) return 'no answer in time';
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? message ?? '').trim();
}
