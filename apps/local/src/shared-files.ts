// Files and folders that several processes use at once.
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readProcess } from './processes.ts';
import { messageOf } from './terminal.ts';

const SQLITE_BUSY = 5;

export interface HeldLock {
  /** May be called again. */
  release(): void;
}

/**
 * Takes the lock of a file for as long as this process lives, or until it is released.
 *
 * The operating system holds it (through SQLite's lock on the file) and gives it back however the process ends: a pid in
 * a file would stay behind after `kill -9`, and the next process with that pid would pass for its holder.
 *
 * @param file made if missing, with its folders
 * @param waitMs how long to wait for another holder, blocking this process; default 0
 * @returns undefined if another process still holds it
 * @throws Error if the file cannot be written
 */
export function takeLock(file: string, waitMs = 0): HeldLock | undefined {
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
