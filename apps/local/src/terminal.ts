// The one file that writes to the terminal.
import { join, relative } from 'node:path';

/** The project's folder. */
export const ROOT = join(import.meta.dirname, '../../..');

// The terminal may go away first (its window closed, npm killed). A failed write must not end the process halfway
// through taking its servers down.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Prints a line of the requested output. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints an error or a warning. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A path as it is shown: relative to the project's folder if it lies below it. */
export function shownPath(path: string): string {
  const inside = relative(ROOT, path);
  return inside.startsWith('..') ? path : inside;
}

/** 1000000 as 1,000,000. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
