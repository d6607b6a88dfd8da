import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** What of a guard is needed to take it out of the build. */
export interface Removal {
  readonly file: string;
  readonly text: string;
  readonly without: string;
}

/**
 * Runs work on a build that lacks a guard, and puts the guard back.
 *
 * @throws where the guard's text does not stand exactly once in its file
 */
export async function withoutGuard<T>(guard: Removal, work: () => Promise<T>): Promise<T> {
  const file = join(ROOT, 'dist', guard.file);
  const whole = await readFile(file, 'utf8');
  const [before, after, ...more] = whole.split(guard.text);
  if (after === undefined || more.length > 0)
    throw new Error(`the guard does not stand once in ${guard.file}`);
  try {
    await writeFile(file, `${before}${guard.without}${after}`);
    return await work();
  } finally {
    await writeFile(file, whole);
  }
}
