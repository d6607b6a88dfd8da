// Imports nothing of this project, so that it runs both compiled and, under apps/local/bin, as it stands.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

export interface HeldLock {
  release(): void;
}

/**
 * Takes the lock of a file, for as long as this process lives or until it is released.
 *
 * The operating system holds it (through SQLite's lock on the file) and so gives it back however the process ends: a
 * pid in a file would stay behind after `kill -9`, and the next process with that pid would be taken for its holder.
 *
 * @param file made where it is missing, with its folders
 * @param waitMs how long to wait for another holder, blocking this process; default 0
 * @returns undefined where another process holds it still
 * @throws where the file can't be written
 */
export function takeLock(file: string, waitMs = 0): HeldLock | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const { errcode, message } = error as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${file} can't be locked: ${message}. Is it another user's?`, { cause: error });
  }
  return { release: () => database.close() };
}
