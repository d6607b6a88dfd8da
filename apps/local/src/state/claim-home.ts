import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './exclusive-lock.js';

/** The process that has the state folder. */
export interface Holder {
  readonly pid: number;
  /** The database that it has brought up, once it stands. */
  readonly databaseUrl?: string;
}

export type Claim =
  | {
      kind: 'claimed';
      /** Lets the commands that are run meanwhile find the database. */
      publish(databaseUrl: string): void;
      release(): void;
    }
  | { kind: 'held'; holder: Holder | undefined };

/**
 * Takes the state folder for this process: its servers and their data are one command's at a time.
 *
 * @param home made where it is missing
 */
export function claimHome(home: string): Claim {
  const file = join(home, 'holder.json');
  const lock = takeLock(join(home, 'home.lock'));
  if (lock === undefined) return { kind: 'held', holder: readHolder(file) };
  writeHolder(file, { pid: process.pid });
  return {
    kind: 'claimed',
    publish: (databaseUrl) => writeHolder(file, { pid: process.pid, databaseUrl }),
    release: () => {
      rmSync(file, { force: true });
      lock.release();
    },
  };
}

/** Renamed into place, so that it is never read half written; the URL has a password, so it is its owner's alone. */
function writeHolder(file: string, holder: Holder): void {
  writeFileSync(`${file}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    // It has the lock and did not come to write yet, or is about to release it.
    return undefined;
  }
}
