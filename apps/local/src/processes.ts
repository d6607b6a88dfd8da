// The other processes of this machine, and the files that several of them use at once.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { messageOf } from './terminal.ts';

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

const SQLITE_BUSY = 5;

/**
 * Takes the lock of a file for as long as this process lives, or until it is released.
 *
 * The operating system holds it (through SQLite's lock on the file) and gives it back however the process ends: a pid in
 * a file would stay behind after `kill -9`, and the next process with that pid would pass for its holder.
 *
 * @param file made if missing, with its folders
 * @param waitMs how long to wait for another holder, blocking this process; default 0
 * @returns what releases it, and may be called again; undefined if another process still holds it
 * @throws Error if the file cannot be written
 */
export function takeLock(file: string, waitMs = 0) {
  mkdirSync(path.dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: waitMs });
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database?.isOpen && database.close() };
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${file} cannot be locked: ${messageOf(cause)}. Is it another user's?`, { cause });
  }
}

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
