import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from './terminal.ts';

const SQLITE_BUSY = 5;

export interface HeldLock {
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
  mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: waitMs });
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database?.close() };
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${file} cannot be locked: ${messageOf(cause)}. Is it another user's?`, { cause });
  }
}

/** The process that has a folder's Postgres. */
export interface Holder {
  readonly pid: number;
  /** Its database, once it answers. */
  readonly databaseUrl?: string;
}

/** The folder of a Postgres is another process's. */
export class FolderInUse extends Error {
  readonly holder: Holder | undefined;

  constructor(folder: string, holder: Holder | undefined) {
    const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
    super(`${folder} is in use by ${who}: end it first, or set HOTSHELF_HOME to another folder`);
    this.holder = holder;
  }
}

export interface HeldFolder extends HeldLock {
  /** Lets the commands that run meanwhile find the database. */
  publish(databaseUrl: string): void;
}

/**
 * Takes a folder for this process, so that no two make, mend or run one cluster.
 *
 * @throws FolderInUse if another process has it
 */
export function holdFolder(folder: string): HeldFolder {
  const file = join(folder, 'holder.json');
  const lock = takeLock(join(folder, 'holder.lock'));
  if (lock === undefined) throw new FolderInUse(folder, readHolder(file));
  const write = (holder: Holder) => {
    // Written aside and renamed, so that it is never read half written; the URL has a password, so only its owner can
    // read it.
    writeFileSync(`${file}.new`, JSON.stringify(holder), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write({ pid: process.pid });
  return {
    publish: (databaseUrl) => write({ pid: process.pid, databaseUrl }),
    release: () => {
      rmSync(file, { force: true });
      lock.release();
    },
  };
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    // It has the lock and has not written yet, or is about to release it.
    return undefined;
  }
}
