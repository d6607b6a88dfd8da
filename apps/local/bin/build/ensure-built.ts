import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { complain, say } from '../../src/output/terminal.ts';
import { type HeldLock, takeLock } from '../../src/state/exclusive-lock.ts';
import { compile } from './compile.ts';
import { fingerprint } from './fingerprint.ts';
import { UnwritableFolder, writingInto } from './unwritable-folder.ts';

const LONGEST_BUILD_MS = 120_000;

/** The project's folder. */
export const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.fingerprint');
const STATE = join(ROOT, '.hotshelf');

/**
 * Compiles the project where `dist` is not what its sources say, and says nothing where it is.
 *
 * @returns whether `dist` is good; what is wrong with it was printed
 */
export async function ensureBuilt(): Promise<boolean> {
  if (isCurrent()) return true;
  try {
    return await buildLocked();
  } catch (error) {
    if (!(error instanceof UnwritableFolder)) throw error;
    complain(error.message);
    return false;
  }
}

async function buildLocked(): Promise<boolean> {
  const lock = await writingInto(STATE, lockBuild);
  if (lock === undefined) return false;
  try {
    // Who waited for another build finds its work done.
    return isCurrent() || (await build());
  } finally {
    lock.release();
  }
}

function isCurrent(): boolean {
  return stamped() === fingerprint(ROOT);
}

function stamped(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined;
  }
}

function lockBuild(): HeldLock | undefined {
  const file = join(STATE, 'build.lock');
  const lock = takeLock(file);
  if (lock !== undefined) return lock;
  say('Waiting for another build of this folder to end.');
  const waited = takeLock(file, LONGEST_BUILD_MS);
  if (waited === undefined) complain('Another build of this folder takes too long. Is it stuck?');
  return waited;
}

async function build(): Promise<boolean> {
  say('Building …');
  // Taken before the compiler reads: what is edited meanwhile makes the next command build again.
  const built = fingerprint(ROOT);
  await writingInto(DIST, empty);
  const compiled = await compile(ROOT);
  if (compiled.kind === 'failed') {
    complain(compiled.output.trim());
    complain('The build failed: see above.');
    return false;
  }
  await writingInto(DIST, () => writeFile(STAMP, built));
  return true;
}

async function empty(): Promise<void> {
  // The stamp goes first, so that a removal that was cut short leaves no dist that passes for whole.
  await rm(STAMP, { force: true });
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST);
}
