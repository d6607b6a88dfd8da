import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './plan.ts';
import { Refusal } from './refusal.ts';

/**
 * Writes all files of a plan, or none: after a failure those that were written are as before.
 *
 * @throws Refusal if one cannot be written
 */
export function writeFiles(folder: string, files: readonly PlannedFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, becomes, before, after } of files) {
      const target = join(folder, path);
      if (becomes === 'created') {
        const made = mkdirSync(dirname(target), { recursive: true });
        if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
        // Refused if it has come to be since the plan was made.
        writeFileSync(target, after, { flag: 'wx' });
        undo.push(() => rmSync(target, { force: true }));
      } else if (becomes === 'changed') {
        undo.push(() => writeFileSync(target, before));
        writeFileSync(target, after);
      }
    }
  } catch (error) {
    for (const each of undo.reverse()) each();
    throw new Refusal(`nothing is written: ${error instanceof Error ? error.message : error}`);
  }
}
