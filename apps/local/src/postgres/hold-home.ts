import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readProcess } from '../guard/process-table.js';
import { takeLock } from '../state/exclusive-lock.js';

/**
 * Takes a home for this process, so that no two starters run, make or mend one cluster. What a process that died
 * held is free.
 *
 * @returns gives it back
 * @throws where another one holds it; the message names its process
 */
export function holdHome(home: string): () => void {
  const holder = path.join(home, 'holder');
  const lock = takeLock(path.join(home, 'holder.lock'));
  if (lock === undefined) {
    throw new Error(`${home} is in use by ${nameOf(holder)}: end that one first, or set DATABASE_URL`);
  }
  writeFileSync(holder, String(process.pid));
  return () => lock.release();
}

/** The lock itself can't say who has it. */
function nameOf(holder: string): string {
  const pid = Number(readOr(holder, ''));
  const command = pid > 0 ? readProcess(pid)?.command : undefined;
  return command === undefined ? 'another process' : `process ${pid} (${command})`;
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
